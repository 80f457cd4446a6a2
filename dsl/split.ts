import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import { route } from '../src/operators/route.js'
import { routeAll } from '../src/operators/route-all.js'
import { looksAtKey, looksAtValue } from '../src/operators/uses.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { Node } from './nodes.js'
import type { Callback } from './types.js'

/** How many branches a record goes to. */
export interface SplitOptions {
  /** `true`: a record goes to every branch that takes it, not to the first alone. */
  readonly overlap?: boolean
}

const known: KnownOptions<SplitOptions> = { overlap: flag }

/** Adds a split and a node for each branch, `rest` last. @throws SluiceError BAD_ARGUMENT */
export function splitInto(
  from: Fluent,
  branches: Readonly<Record<string, Callback<any, any, unknown>>>,
  options: SplitOptions,
  line: string | undefined,
): (readonly [string, Node])[] {
  checkKnown('split()', options, known, line)
  const graph = from['~graph']
  const parent = from['~node']
  const predicates = Object.values(branches ?? {})
  if (predicates.length === 0 || Array.isArray(branches)) {
    throw new SluiceError('BAD_ARGUMENT', 'split() without names', {
      place: { line },
      hint: 'name at least one, with its predicate: split({ paid: order => order.paid }); what none takes goes to rest',
    })
  }
  if (Object.hasOwn(branches, 'rest')) {
    throw new SluiceError('BAD_ARGUMENT', 'split({ rest }): rest is the branch of what no predicate takes', {
      place: { line },
      hint: 'leave it out, or choose another name',
    })
  }
  for (const [name, predicate] of Object.entries(branches)) checkFunction(predicate, `split({ ${name} })`, line)
  const outputs = [...Object.keys(branches), 'rest']
  const same = { line, key: parent.key, value: parent.value }
  const split = graph.add({
    ...same,
    kind: 'split',
    parents: [parent],
    outputs,
    splitter: options.overlap === true ? routeAll(predicates) : route(predicates),
    uses: {
      key: predicates.some(looksAtKey),
      value: predicates.some(looksAtValue),
      passesKey: true,
      passesValue: true,
    },
  })
  return outputs.map(name => [name, graph.add({ ...same, kind: 'branch', name, parents: [split] })] as const)
}
