import { json, long, pipeline, store, string, versionedStore, type Pipeline } from 'sluice'
import type { ProcessorContext } from 'sluice/processor'
import { names, result, tell, texts } from './outputs.js'

const pair = (a: string | null, b: string | null): string => `${a}&${b}`
const seen = store('seen', { key: string, value: long })
const prices = versionedStore('prices', { key: string, value: string, history: 300 })

/** Tables and their joins, aggregates of tables, processors with stores and timers, dedupe. */
export function tablesPipeline(app: string, module: string): Pipeline {
  const p = pipeline(app, { value: json(), module })
  const { l, r } = names(app)
  const to = (label: string) => result<string>(app, label)
  const left = p.table(texts(l), { as: 'left' })
  const right = p.table(texts(r), { as: 'right', changelog: 'topic' })

  tell(left.join(right, pair, { as: 'inner' }), to('~inner'))
  tell(left.leftJoin(right, pair), to('~left'))
  tell(left.outerJoin(right, pair, { as: 'outer' }), to('~outer'))
  // Values name rows: x3 the key k3.
  const on = (value: string): string => `k${value.length % 5}`
  tell(left.join(right, pair, { on, as: 'foreign' }), to('~foreign key'))
  tell(left.leftJoin(right, pair, { on, as: 'foreign-left' }), to('~left, foreign key'))
  tell(
    left.filter(value => !value.endsWith('xxx'), { as: 'short' }),
    to('~filter'),
  )
  const sizes = left.groupBy((value, key) => [`s${value.length % 4}`, key])
  tell(sizes.count({ as: 'sized' }), result<number | 'deleted'>(app, '~regrouped'))
  const sum = sizes.aggregate(
    () => 0,
    (total, key) => total + key.length,
    (total, key) => total - key.length,
    { as: 'summed', value: long },
  )
  tell(sum, result<number | 'deleted'>(app, '~subtracted'))

  const events = p.stream(texts(`${app}-v`))
  events.dedupe({ by: value => value, within: 60, as: 'once' }).to(to('dedupe'))
  p.addStore(seen)
  p.addStore(prices)
  const { records, ticks } = events.process<string, string, 'records' | 'ticks'>(counting, {
    stores: [seen, prices],
    outputs: ['records', 'ticks'],
  })
  records.to(to('process'))
  ticks.to(to('~timer'))
  return p
}

/** Counts, remembers, and tells all of it whenever stream time has passed another hundred. */
function counting(context: ProcessorContext<string, string, 'records' | 'ticks'>) {
  context.schedule('stream-time', 100, async () => {
    for await (const [key, n] of context.store(seen).all()) await context.forward(key, String(n), { to: 'ticks' })
  })
  return (value: string, key: string, { timestamp }: { readonly timestamp: number }) => {
    const [counts, versions] = [context.store(seen), context.store(prices)]
    counts.put(key, (counts.get(key) ?? 0) + 1)
    const before = versions.at(key, timestamp - 20) ?? 'nothing'
    versions.put(key, value)
    return context.forward(key, `${counts.get(key)} ${before}`, { to: 'records' })
  }
}
