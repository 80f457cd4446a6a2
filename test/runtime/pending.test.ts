import { expect, test } from 'vitest'
import type { PendingWork } from '../../src/operators/operator.js'
import { Pending } from '../../src/runtime/pending.js'

/** Something that waits, from a time on. */
function waiting(): { oldest: number } & PendingWork {
  return { entries: 0, calls: 0, full: undefined, oldest: Number.POSITIVE_INFINITY }
}

function pending(): { pending: Pending; work: ReturnType<typeof waiting>; released: () => number } {
  const parts = new Pending(() => {})
  const work = waiting()
  let released = 0
  parts.add(work)
  parts.onRelease(() => void released++)
  return { pending: parts, work, released: () => released }
}

test('is ready when time may go on, though nothing came in: whoever asks for what is ready would not hear of it', () => {
  const { pending: parts, work, released } = pending()
  expect(parts.ready).toBe(false)
  work.oldest = 10
  void parts.release(parts.hold)
  expect(parts.ready).toBe(false)
  work.oldest = Number.POSITIVE_INFINITY
  expect(parts.ready).toBe(true)
  void parts.release(parts.hold)
  expect(released()).toBe(1)
  expect(parts.ready).toBe(false)
})

test('tells that time may go on where it was held and let go between two turns', () => {
  const { pending: parts, work, released } = pending()
  void parts.release(parts.hold)
  work.oldest = 10
  // A record asks what time is held at, and the timer of the one that waits comes before the next turn.
  expect(parts.hold).toBe(10)
  work.oldest = Number.POSITIVE_INFINITY
  void parts.release(parts.hold)
  expect(released()).toBe(1)
})
