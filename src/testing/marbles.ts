import { AssertionError } from 'node:assert'
import { checkKnown, type KnownOptions } from '../known-options.js'
import { inspect, isDeepStrictEqual } from 'node:util'
import { SluiceError } from '../errors.js'
import { milliseconds, type Duration } from '../time.js'
import type { TypedTopic } from './typed-topic.js'
import { drawMarbles, parseMarbles, type Marble, type MarbleDiagram } from './marble-diagram.js'

/** What a letter stands for. What is left out of an expected record may be anything. */
export interface MarbleRecord<K, V> {
  readonly key?: K | null
  readonly value?: V | null
  /** Default for what is sent: when it is sent. */
  readonly timestamp?: number
}

/** Records by letter; without them, or for a letter that is not among them, key and value are the letter itself. */
export type MarbleRecords<K, V> = Readonly<Record<string, MarbleRecord<K, V>>>

/** One topic's line of marbles. Made by `marbles()`. */
export interface MarbleLine {
  readonly topic: TypedTopic<any, any>
  readonly diagram: string
  readonly records: MarbleRecords<any, any>
}

/** What goes in and what must come out, drawn on one time. */
export interface MarbleTest {
  /** What goes in, all lines on one time. */
  readonly send: readonly MarbleLine[]
  /** What must come out, and when; a topic that is not named may hold anything. */
  readonly expect: readonly MarbleLine[]
  /** How long a frame (a sign of a diagram) takes. Default 1 ms, as in RxJS. */
  readonly frame?: Duration
}

const known: KnownOptions<MarbleTest> = { send: true, expect: true, frame: true }

/**
 * A line of marbles over a topic, for `driver.marbles`.
 *
 * @example
 * await driver.marbles({
 *   send: [marbles(clicks, 'a-b 10s c', { a: { key: 'k', value: 1 } })],
 *   expect: [marbles(counts, '- -x 10s y')],
 * })
 */
export function marbles<K, V>(topic: TypedTopic<K, V>, diagram: string, records: MarbleRecords<K, V> = {}): MarbleLine {
  return { topic, diagram, records }
}

/** What a run of marbles needs of the driver. */
export interface MarbleHost {
  now(): number
  /** When the next timer is due; `undefined` when there is none. */
  readonly nextTimer: number | undefined
  advance(ms: number): Promise<void>
  send(topic: TypedTopic<any, any>, key: unknown, value: unknown, timestamp: number): Promise<void>
  read(topic: TypedTopic<any, any>): readonly { key: unknown; value: unknown; timestamp: number }[]
}

interface Seen {
  readonly frame: number
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
}

/** Sends, moves the clock from event to event, and compares what came out. @throws AssertionError, SluiceError */
export async function runMarbles(test: MarbleTest, host: MarbleHost): Promise<void> {
  checkKnown('marbles()', test, known)
  const frame = milliseconds(test.frame ?? 1, 'frame')
  if (frame === 0) {
    throw new SluiceError('BAD_DURATION', 'a frame takes no time', { hint: 'a frame takes at least 1 ms' })
  }
  const start = host.now()
  const sent = test.send.map(line => ({ line, diagram: parseMarbles(line.diagram, frame) }))
  const expected = test.expect.map(line => ({ line, diagram: parseMarbles(line.diagram, frame) }))
  const seen = new Map(test.expect.map(({ topic }) => [topic.name, [] as Seen[]]))
  const look = () => {
    for (const { topic } of test.expect) {
      const at = host.now() - start
      for (const { key, value, timestamp } of host.read(topic)) {
        seen.get(topic.name)!.push({ frame: at, key, value, timestamp })
      }
    }
  }
  const moveTo = async (frameTime: number) => {
    for (;;) {
      const timer = host.nextTimer
      const next = Math.min(frameTime, timer === undefined ? frameTime : timer - start)
      await host.advance(Math.max(0, start + next - host.now()))
      look()
      if (next >= frameTime) return
    }
  }

  look()
  for (const { marble, line } of inTime(sent)) {
    await moveTo(marble.frame)
    const { key, value, timestamp } = recordOf(line, marble)
    await host.send(line.topic, key, value, timestamp ?? start + marble.frame)
    look()
  }
  await moveTo(Math.max(0, ...[...sent, ...expected].map(({ diagram }) => diagram.end)))
  for (const { line, diagram } of expected) compare(line, diagram, seen.get(line.topic.name)!, frame)
}

function inTime(
  sent: readonly { readonly line: MarbleLine; readonly diagram: MarbleDiagram }[],
): { readonly marble: Marble; readonly line: MarbleLine }[] {
  return sent
    .flatMap(({ line, diagram }) => diagram.marbles.map(marble => ({ marble, line })))
    .toSorted((a, b) => a.marble.frame - b.marble.frame)
}

function recordOf(
  { records }: MarbleLine,
  { letter }: Marble,
): MarbleRecord<unknown, unknown> & Pick<Seen, 'key' | 'value'> {
  const named = records[letter]
  if (named === undefined) return { key: letter, value: letter }
  return { ...named, key: named.key ?? null, value: named.value ?? null }
}

function compare(line: MarbleLine, diagram: MarbleDiagram, seen: readonly Seen[], frame: number): void {
  const isSame = (record: Seen, { letter }: Marble) => {
    const wanted = line.records[letter] ?? { key: letter, value: letter }
    return (['key', 'value', 'timestamp'] as const).every(
      part => wanted[part] === undefined || isDeepStrictEqual(wanted[part], record[part]),
    )
  }
  const wanted = diagram.marbles
  const fits =
    seen.length === wanted.length &&
    seen.every((record, i) => record.frame === wanted[i]!.frame && isSame(record, wanted[i]!))
  if (fits) return
  const letters = [...new Set(wanted.map(({ letter }) => letter))]
  const drawn = seen.map(record => ({
    frame: record.frame,
    letter: letters.find(letter => isSame(record, { frame: 0, letter })) ?? '?',
  }))
  throw new AssertionError({
    message:
      `${line.topic.name} differs from its diagram\n` +
      `  expected  ${drawMarbles(wanted, frame)}\n  actual    ${drawMarbles(drawn, frame)}\n` +
      seen
        .map(
          ({ frame: at, ...record }, i) =>
            `  ${drawn[i]!.letter} at ${at} ms: ${inspect(record, { depth: null, breakLength: Infinity })}`,
        )
        .join('\n'),
    actual: seen,
    expected: wanted.map(({ frame: at, letter }) => ({
      frame: at,
      ...(line.records[letter] ?? { key: letter, value: letter }),
    })),
  })
}
