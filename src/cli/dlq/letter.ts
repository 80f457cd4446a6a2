import { readRecords, type ReadableTopic } from '../../log/record-reader.js'
import type { Log } from '../../log/log.js'
import { attemptHeader, letterHeader, originHeader, originText } from '../../operators/origin.js'
import { RecordHeaders, type StreamRecord } from '../../record.js'
import { letterHeaderNames, type LetterHeaderName } from '../../runtime/letter-headers.js'
import { bytes } from '../../serde/index.js'

/** A record of a dead-letter topic, and what its headers tell. */
export interface Letter {
  readonly record: StreamRecord<Uint8Array | null, Uint8Array | null>
  /** `partition:offset` in the dead-letter topic. */
  readonly id: string
  readonly application: string
  /** Where it failed. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly operator: string
  readonly code: string
  readonly error: string
  readonly stack: string
  /** How often it has been tried. */
  readonly attempt: number
  /** Where it lay before its first replay: `topic/partition/offset`. */
  readonly origin: string
  /** Those that the record had itself. */
  readonly headers: RecordHeaders
}

/** The letters of a topic up to its present end. What is no dead letter is handed to `stray`. */
export async function* readLetters(
  log: Log,
  topic: string,
  signal: AbortSignal,
  stray: (record: Letter['record']) => void = () => {},
): AsyncGenerator<Letter, void, void> {
  const readable: ReadableTopic<Uint8Array, Uint8Array> = { name: topic, key: bytes, value: bytes }
  for await (const record of readRecords(log, readable, { signal })) {
    const letter = letterOf(record)
    if (letter === undefined) stray(record)
    else yield letter
  }
}

export function letterId({ partition, offset }: { readonly partition: number; readonly offset: number }): string {
  return `${partition}:${offset}`
}

function letterOf(record: Letter['record']): Letter | undefined {
  const text = (name: LetterHeaderName): string => record.headers.text(name) ?? ''
  const [topic, partition, offset] = [
    text(letterHeader),
    Number(text('sluice.partition')),
    Number(text('sluice.offset')),
  ]
  if (topic === '' || !Number.isSafeInteger(partition) || !Number.isSafeInteger(offset)) return undefined
  return {
    record,
    id: letterId(record),
    application: text('sluice.application'),
    topic,
    partition,
    offset,
    operator: text('sluice.operator'),
    code: text('sluice.code'),
    error: text('sluice.error'),
    stack: text('sluice.stack'),
    attempt: Number(text(attemptHeader)) || 1,
    origin: text(originHeader) || originText({ topic, partition, offset }),
    headers: new RecordHeaders([...record.headers].filter(([name]) => !story.has(name))),
  }
}

const story: ReadonlySet<string> = new Set(letterHeaderNames)
