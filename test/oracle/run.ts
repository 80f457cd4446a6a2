import { SluiceError } from '../../src/errors.js'
import type { RecordHeaders } from '../../src/record.js'
import { testDriver, type TestDriver } from '../../src/testing/index.js'
import type { Case } from './cases.js'
import { buildPipeline, keyText, valueTopic } from './pipeline.js'
import { namedTopics } from './sources.js'
import type { Answer, OracleInput, OracleNode, Value } from './question.js'

/** Answers a question as the oracle does, by a pipeline in the test driver. */
export async function runPipeline({ topology, records, stores = [], ...how }: Case): Promise<Answer> {
  const { partitions, restartEvery } = how
  const options = restartEvery === undefined ? { partitions } : { partitions, restartEvery }
  const topics = topology.flatMap(node => (node['pattern'] === undefined ? [] : namedTopics(node)))
  await using driver = await testDriver(buildPipeline(topology), { ...options, topics })
  const sinks = sinkTopics(topology)
  const outputs: [number, string, string | null, Value, number, string][] = []
  for (const [cause, input] of records.entries()) {
    try {
      await feed(driver, input)
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'BUFFER_FULL')) throw error
      return { outputs, stores: {}, failed: cause }
    }
    for (const topic of sinks) {
      for (const { key, value, timestamp, headers } of driver.output(valueTopic(topic)).read()) {
        outputs.push([cause, topic, key, value, timestamp, headersText(headers)])
      }
    }
  }
  const contents: Record<string, [string, Value, number][]> = {}
  for (const name of stores) {
    const store = driver.store<any, Value>({ name } as Parameters<typeof driver.store<any, Value>>[0])
    const entries = await store.all()
    const listed = entries.map(([key, value]): [string, Value, number] => [
      keyText(key)!,
      value,
      store.timestampOf(key)!,
    ])
    contents[name] = listed.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }
  return { outputs, stores: contents }
}

async function feed(driver: TestDriver, input: OracleInput): Promise<void> {
  if ('advance' in input) return driver.advance(input.advance)
  const [topic, key, value, timestamp, h] = input
  await driver.input(valueTopic(topic)).send(key, value, { timestamp, ...(h === undefined ? {} : { headers: { h } }) })
}

/** The names and values of all headers. */
function headersText(headers: RecordHeaders): string {
  return [...headers].map(([name, value]) => `${name}=${Buffer.from(value ?? []).toString()}`).join()
}

/** In the order in which they are first written to, as the oracle lists them. */
export function sinkTopics(topology: readonly OracleNode[]): string[] {
  return [...new Set(topology.filter(({ op }) => op === 'to').flatMap(namedTopics))]
}
