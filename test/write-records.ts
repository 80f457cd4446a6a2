import type { Log } from '../src/log/log.js'
import { recordWriter, type RecordWriter } from '../src/log/record-writer.js'

/** Writes records to some topics of a log. Done when they can be read. */
export async function writeRecords(
  log: Log,
  topics: readonly string[],
  write: (writer: RecordWriter) => void,
): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, topics)
  write(writer)
  writer.handOver()
  await producer.flush()
  await producer.close()
}
