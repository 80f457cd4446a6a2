import { memory, readRecords, string, topic, type Log, type Topic } from '../../dsl/index.js'
import { writeRecords } from '../write-records.js'

export interface Row {
  readonly topic: string
  readonly key: string
  readonly value: string | null
  readonly timestamp?: number
  readonly partition?: number
}

export const texts = (name: string): Topic<string, string> => topic(name, { key: string, value: string })

/** A log in memory with these topics, each of one partition unless told otherwise. */
export async function logWith(topics: readonly string[], partitions = 1): Promise<Log> {
  const log = await memory().open()
  await log.topics.create(topics.map(name => ({ name, partitions })))
  return log
}

export async function write(log: Log, rows: readonly Row[]): Promise<void> {
  await writeRecords(log, [...new Set(rows.map(row => row.topic))], writer => {
    for (const { topic: name, ...record } of rows) writer.write(texts(name), record)
  })
}

export async function read(log: Log, name: string): Promise<{ key: string | null; value: string | null }[]> {
  const found: { key: string | null; value: string | null }[] = []
  for await (const { key, value } of readRecords(log, texts(name))) found.push({ key, value })
  return found
}
