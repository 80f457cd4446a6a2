import { json, long, pipeline, string, topic, windowed, type Pipeline, type Topic } from '../../dsl/index.js'
import { testDriver, type TestDriver } from '../../src/testing/index.js'

export const input: Topic<string, string> = topic('input', { key: string, value: string })
export const other: Topic<string, string> = topic('other', { key: string, value: string })
export const counts: Topic<{ key: string; start: number; end: number }, number> = topic('counts', {
  key: windowed(string),
  value: long,
})
export const texts: Topic<{ key: string; start: number; end: number }, string> = topic('texts', {
  key: windowed(string),
  value: string,
})
export const late: Topic<string, string> = topic('late', { key: string, value: string })

/** A pipeline under test. */
export function made(write: (p: Pipeline) => void, id: string = 'app'): Pipeline {
  const p = pipeline(id, { value: json() })
  write(p)
  return p
}

/** Sends `key value@time`, such as `a x@5`; the key alone stands for the value too. */
export async function send(driver: TestDriver, records: string, to: Topic<string, string> = input): Promise<void> {
  for (const record of records.split(/\s*,\s*/)) {
    const [text, time] = record.split('@') as [string, string]
    const [key, value = key] = text.split(' ') as [string, string?]
    await driver.input(to).send(key, value === 'null' ? null : value, { timestamp: Number(time) })
  }
}

interface Windowed {
  readonly key: { readonly key: string; readonly start: number; readonly end: number } | null
  readonly value: unknown
  readonly timestamp: number
}

/** Windows as `key[start,end)=value@timestamp`; tombstones as `…=null@…`. */
export function shown(records: readonly Windowed[]): string[] {
  return records.map(
    ({ key, value, timestamp }) => `${key!.key}[${key!.start},${key!.end})=${String(value)}@${timestamp}`,
  )
}

/** Runs a pipeline on records and shows what it writes to the topic. */
export async function run(pipelineUnderTest: Pipeline, records: string, output: Topic<any, any>): Promise<string[]> {
  const driver = await testDriver(pipelineUnderTest)
  await send(driver, records)
  const read = shown(driver.output(output).read() as readonly Windowed[])
  await driver.close()
  return read
}
