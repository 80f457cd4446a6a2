import { embedded } from '../../src/log/embedded/embedded.js'
import { readRecords } from '../../src/log/record-reader.js'
import { recordWriter } from '../../src/log/record-writer.js'
import { bytes } from '../../src/serde/bytes.js'
import { long } from '../../src/serde/long.js'
import { string } from '../../src/serde/string.js'
import { outputOf, type Output } from './check.js'
import { foldRecords } from './fold.js'
import type { Log } from '../../src/log/log.js'
import type { InputRecord, Workload } from './workload.js'

/** Batches of this size lie in the log, as Kafka's producer makes them by default. */
const batchRecords = 128
const commitRecords = 20_000

/** Writes an input of a workload to an embedded log. */
export async function fill(
  directory: string,
  topic: string,
  partitions: number,
  records: Iterable<InputRecord>,
): Promise<void> {
  const log = await embedded(directory).open()
  await fillTopic(log, topic, partitions, records)
  await log.close()
}

/** Makes a topic and writes an input to it. */
export async function fillTopic(
  log: Log,
  topic: string,
  partitions: number,
  records: Iterable<InputRecord>,
): Promise<void> {
  await log.topics.create([{ name: topic, partitions, config: { 'retention.ms': '-1' } }])
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [topic])
  const input = { name: topic, key: string, value: bytes }
  let count = 0
  for (const { key, value, timestamp } of records) {
    writer.write(input, { key, value: typeof value === 'string' ? Buffer.from(value) : value, timestamp })
    count++
    if (count % (batchRecords * partitions) === 0) writer.handOver()
    if (count % commitRecords === 0) await producer.flush()
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
}

export async function createTopic(directory: string, name: string, partitions: number): Promise<void> {
  const log = await embedded(directory).open()
  await log.topics.create([{ name, partitions, config: { 'retention.ms': '-1' } }])
  await log.close()
}

const show: Record<Workload['output'], (value: Uint8Array) => string> = {
  int64: value => String(long.deserialize(value)),
  text: value => string.deserialize(value),
  hex: value => Buffer.from(value).toString('hex'),
}

/** What was written to a topic of an embedded log that nobody has open. */
export async function outputOfEmbedded(
  directory: string,
  name: string,
  kind: Pick<Workload, 'output' | 'fold'>,
): Promise<Output> {
  const log = await embedded(directory).open()
  const written = await outputOfTopic(log, name, kind)
  await log.close()
  return written
}

/** What was written to a topic. */
export async function outputOfTopic(
  log: Log,
  name: string,
  { output, fold }: Pick<Workload, 'output' | 'fold'>,
): Promise<Output> {
  const records: [string, string | null][] = []
  const topic = { name, key: string, value: bytes }
  for await (const { key, value } of readRecords(log, topic, { isolation: 'read_committed' })) {
    records.push([String(key), value === null ? null : show[output](value)])
  }
  return outputOf(records.length, foldRecords(fold, records))
}
