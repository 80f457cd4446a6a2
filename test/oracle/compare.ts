import { isDeepStrictEqual } from 'node:util'
import type { Case } from './cases.js'
import { comparable } from './normalise.js'
import type { Oracle } from './oracle.js'
import type { Answer } from './question.js'
import { runPipeline } from './run.js'

/** Sluice and Kafka Streams give different answers. */
export class Difference extends Error {
  constructor(actual: Answer, expected: Answer) {
    const lines = ['Sluice answers otherwise than Kafka Streams']
    for (const [what, a, b] of parts(actual, expected)) {
      if (isDeepStrictEqual(a, b)) continue
      lines.push(`${what}, Kafka Streams (-) and Sluice (+):`, ...unlike(b, a))
    }
    super(lines.join('\n'))
  }
}

/** A case to be read. */
export function shown({ topology, records, partitions, restartEvery }: Case): string {
  return [
    `partitions: ${partitions}${restartEvery === undefined ? '' : `, restart after every ${restartEvery} records`}`,
    'topology:',
    ...topology.map(node => `  ${JSON.stringify(node)}`),
    'records:',
    ...records.map((record, i) => `  ${i}: ${JSON.stringify(record)}`),
  ].join('\n')
}

/** @throws Difference; and what either of them throws */
export async function compare(oracle: Oracle, it: Case): Promise<void> {
  const { topology, records, stores } = it
  const [ours, theirs] = await Promise.all([
    runPipeline(it),
    oracle.ask({ topology, records, ...(stores && { stores }) }),
  ])
  const [actual, expected] = [comparable(ours, it), comparable(theirs, it)]
  if (!isDeepStrictEqual(actual, expected)) throw new Difference(actual, expected)
}

type List = readonly unknown[]

function parts(actual: Answer, expected: Answer): [string, List, List][] {
  const stores = Object.keys(expected.stores).filter(name => name in actual.stores)
  return [
    ['outputs', actual.outputs, expected.outputs],
    ['stopped at', [actual.failed], [expected.failed]],
    ...stores.map((name): [string, List, List] => [`store ${name}`, actual.stores[name]!, expected.stores[name]!]),
  ]
}

/** What both have at the beginning is left out. */
function unlike(expected: List, actual: List): string[] {
  const same = expected.findIndex((each, i) => !isDeepStrictEqual(each, actual[i]))
  const from = same === -1 ? expected.length : same
  const signed = (sign: string) => (each: unknown) => `  ${sign} ${JSON.stringify(each)}`
  return [...expected.slice(from).map(signed('-')), ...actual.slice(from).map(signed('+'))]
}
