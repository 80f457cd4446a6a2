import fc from 'fast-check'
import { afterAll, beforeAll, expect } from 'vitest'
import { json, pipeline, string, topic, type Pipeline, type Topic } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { missingTools } from '../kafka/jars.js'
import { startOracle, type Oracle } from '../oracle/oracle.js'
import type { OracleInput, OracleNode } from '../oracle/question.js'

/** Why there is no oracle here, if there is none. */
export const missing: string | undefined = missingTools()

const value = json<string>()
const topics = new Map<string, Topic<string, string>>()

/** A topic of texts. */
export function texts(name: string): Topic<string, string> {
  let made = topics.get(name)
  if (made === undefined) topics.set(name, (made = topic(name, { key: string, value })))
  return made
}

/** A pipeline whose operators, like Kafka Streams', leave out what has no key where one is needed. */
export function texting({ onError = 'skip' }: { readonly onError?: 'skip' | 'stop' } = {}): Pipeline {
  return pipeline('joins', { value, onError })
}

export const both = { keyless: true, tombstones: true } as const

export const pair = (x: string | null, y: string | null): string => `${x}&${y}`

type Output = readonly [cause: number, key: string | null, value: string | null, timestamp: number]

/** What a pipeline writes to the topic `out`, record by record. */
export async function outputs(built: Pipeline, records: readonly OracleInput[]): Promise<Output[]> {
  await using driver = await testDriver(built)
  const written: Output[] = []
  for (const [cause, record] of records.entries()) {
    if ('advance' in record) await driver.advance(record.advance)
    else {
      const [name, key, text, timestamp] = record
      await driver.input(texts(name)).send(key, text as string | null, { timestamp })
    }
    for (const { key, value: text, timestamp } of driver.output(texts('out')).read()) {
      written.push([cause, key, text, timestamp])
    }
  }
  return written
}

/** Starts the oracle for the tests of a file. */
export function useOracle(): { readonly ask: Oracle['ask'] } {
  let oracle: Oracle | undefined
  beforeAll(async () => {
    if (missing === undefined) oracle = await startOracle()
  }, 120_000)
  afterAll(() => oracle?.close())
  return { ask: question => oracle!.ask(question) }
}

/** The same topology, described for the oracle and built here, writes the same records for the same input. */
export async function same(
  oracle: Pick<Oracle, 'ask'>,
  topology: readonly OracleNode[],
  build: () => Pipeline,
  records: readonly OracleInput[],
  options: { readonly idleTombstones?: boolean } = {},
): Promise<void> {
  const expected = await oracle.ask({ topology, records })
  const wanted = expected.outputs.map(([cause, , key, text, timestamp]): Output => [
    cause,
    key,
    text as string,
    timestamp,
  ])
  const found = await outputs(build(), records)
  if (options.idleTombstones === false) expect(withoutIdle(found)).toEqual(withoutIdle(wanted))
  else expect(found).toEqual(wanted)
}

/** Without the tombstones of a table that delete nothing. */
function withoutIdle(list: readonly Output[]): Output[] {
  const present = new Set<string | null>()
  return list.filter(([, key, text]) => {
    if (text !== null) present.add(key)
    return text !== null || present.delete(key)
  })
}

/** Records of some topics: few keys and times near each other, so that they meet; late, null and repeated ones too. */
export function inputs(names: readonly string[], span: number = 40): fc.Arbitrary<OracleInput[]> {
  const key = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('a', 'b') },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const text = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('1', '2', '3', '4', '5', '6') },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const record = fc.tuple(fc.constantFrom(...names), key, text, fc.nat(span)) as fc.Arbitrary<
    readonly [string, string | null, string | null, number]
  >
  const timed = record.chain(([name, k, v, back]) => fc.nat(9).map(step => ({ name, k, v, back, step })))
  return fc.array(timed, { minLength: 3, maxLength: 25 }).map(list => {
    let now = 0
    return list.map(({ name, k, v, back, step }): OracleInput => {
      now += step
      return [name, k, v, Math.max(0, back < span / 4 ? now - back : now)]
    })
  })
}
