import { usual, type Dataset, type Workload } from '../harness/workload.js'
import { random } from '../harness/random.js'

const firstTimestamp = Date.UTC(2001, 0, 1)
const within = 10_000

interface Pair {
  readonly key: string
  readonly shownAt: number
  /** Up to 12.5 s behind: one in five comes too late to meet what it belongs to. */
  readonly clickedAt: number
  readonly ad: number
  readonly position: number
}

function* pairs(count: number): Generator<Pair> {
  const draw = random(13)
  for (let id = 0; id < count; id++) {
    const shownAt = firstTimestamp + id
    const clickedAt = shownAt + Math.floor(draw() * within * 1.25)
    const [ad, position] = [Math.floor(draw() * 5000), Math.floor(draw() * 10)]
    yield { key: `view-${String(id).padStart(8, '0')}`, shownAt, clickedAt, ad, position }
  }
}

const impressions: Dataset = {
  name: 'impressions',
  partitions: 4,
  count: records => Math.floor(records / 2),
  *records(count) {
    for (const { key, shownAt, ad } of pairs(count)) {
      const value = JSON.stringify({ ad, page: '/news/today', agent: 'Mozilla/5.0 (X11; Linux x86_64)' })
      yield { key, value, timestamp: shownAt }
    }
  },
}

const clicks: Dataset = {
  name: 'clicks',
  partitions: 4,
  count: records => Math.floor(records / 2),
  *records(count) {
    // In the order of their time, as a topic has them; no more than one window is held back.
    const waiting: Pair[][] = Array.from({ length: within * 2 }, () => [])
    let now = firstTimestamp
    const due = function* (until: number) {
      for (; now < until; now++) {
        const slot = waiting[now % waiting.length]!
        for (const { key, clickedAt, position } of slot.splice(0)) {
          yield { key, value: JSON.stringify({ position, button: 'left' }), timestamp: clickedAt }
        }
      }
    }
    for (const pair of pairs(count)) {
      yield* due(pair.shownAt)
      waiting[pair.clickedAt % waiting.length]!.push(pair)
    }
    yield* due(now + waiting.length)
  },
}

/** Impressions with the clicks on them within 10 s. */
export const streamStream: Workload = {
  ...usual,
  name: 'stream-stream',
  title: 'join of two streams within 10 s',
  inputs: [impressions, clicks],
  fold: 'all',
  program: 'stream-stream',
  kafkaStreams: 'StreamStream',
  *expected(records) {
    for (const { key, shownAt, clickedAt, ad, position } of pairs(Math.floor(records / 2))) {
      if (clickedAt - shownAt <= within) yield [key, JSON.stringify({ ad, position })]
    }
  },
}
