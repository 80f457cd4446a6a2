import { expect, test } from 'vitest'
import type { TopicInfo } from '../../src/log/log.js'
import { putPosition, restorable, type Changelog } from '../../src/runtime/changelog.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'

const retention = 1_000
const changelog = { store: { name: 'counts' }, topic: 'log', partition: 0, until: undefined } as Changelog
const info = { name: 'log', id: 'x', config: { 'delete.retention.ms': String(retention) } } as Partial<TopicInfo>

/** Whether a state that was written at a time, when the changelog ended at 5, can be brought up to `end` at another time. */
async function fits(
  written: number,
  now: number,
  end: number,
  more: { endsTransaction?: true } = {},
): Promise<boolean> {
  const db = new MemoryStateDb()
  const batch = db.batch()
  putPosition(batch, changelog, { offset: 5, topicId: 'x', at: written, ...more })
  await db.write(batch)
  const at = (offset: number) => new Map([['log-0', offset]])
  return restorable(db, [changelog], new Map([['log', info as TopicInfo]]), at(0), at(end), now)
}

test('a state that may have missed tombstones is built anew, also one that was written by a clock since set back', async () => {
  expect(await fits(10_000, 10_400, 7)).toBe(true)
  expect(await fits(10_000, 10_600, 7)).toBe(false)
  expect(await fits(99_000, 10_000, 7)).toBe(false)
  expect(await fits(99_000, 10_000, 5)).toBe(true)
})

test('the end of a transaction behind the last change is nothing that a state could have missed', async () => {
  expect(await fits(10_000, 99_000, 6, { endsTransaction: true })).toBe(true)
  expect(await fits(10_000, 99_000, 6)).toBe(false)
  expect(await fits(10_000, 99_000, 7, { endsTransaction: true })).toBe(false)
})
