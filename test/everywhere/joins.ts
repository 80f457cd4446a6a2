import { json, pipeline, type Pipeline } from 'sluice'
import { names, result, texts } from './outputs.js'

const pair = (a: string | null, b: string | null): string => `${a}&${b}`

/** Joins of streams with all that a stream can meet. */
export function joinsPipeline(app: string, module: string): Pipeline {
  const p = pipeline(app, { value: json(), module })
  const { l, r, g } = names(app)
  const left = p.stream(texts(l))
  const right = p.stream(texts(r))
  const to = (label: string) => result<string>(app, label)

  left.join(right, pair, { within: 30, grace: 20, as: 'inner' }).to(to('inner'))
  left.leftJoin(right, pair, { before: 10, after: 40, grace: 20, as: 'left' }).to(to('left'))
  left.outerJoin(right, pair, { within: 15, grace: 5, as: 'outer' }).to(to('outer'))
  left.join(left, pair, { within: 8, grace: 20, as: 'self' }).to(to('self'))
  left
    .join(right, pair, { within: 10, grace: 20, as: 'first' })
    .leftJoin(right, pair, { after: 5, grace: 10, as: 'second' })
    .to(to('two in a row'))

  const rows = right.toTable({ as: 'rows' })
  left.join(rows, pair).to(to('with a table'))
  left.leftJoin(rows, pair).to(to('left, with a table'))
  const versions = p.table(texts(`${app}-v`), { as: 'versions', history: 200 })
  left.leftJoin(versions, pair, { grace: 30, as: 'held' }).to(to('with a versioned table, held'))
  const everywhere = p.globalTable(texts(g), { as: 'everywhere' })
  left.join(everywhere, pair, { on: value => `g${value.length % 3}` }).to(to('with a global table'))
  return p
}
