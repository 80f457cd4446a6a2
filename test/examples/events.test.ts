import { describe, expect, it } from 'vitest'
import { events, importId, type Event } from '../../examples/1-count-completed-jobs/events.js'
import { flights, type Flight } from '../../examples/1-count-completed-jobs/flights.js'

async function all<T>(chunks: AsyncIterable<readonly T[]>): Promise<T[]> {
  const list: T[] = []
  for await (const chunk of chunks) list.push(...chunk)
  return list
}

describe('the flights', () => {
  it('come in order of departure, 20,000 of them', async () => {
    const rows = await all<Flight>(flights('20k'))
    expect(rows).toHaveLength(20_000)
    expect(rows[0]).toEqual({
      date: Date.UTC(2001, 0, 1, 0, 47),
      delay: 66,
      distance: 1750,
      origin: 'DTW',
      destination: 'LAS',
    })
    expect(rows.every((row, i) => i === 0 || row.date >= rows[i - 1]!.date)).toBe(true)
  })

  it('are read from the large file a part at a time', async () => {
    let chunks = 0
    let rows = 0
    for await (const chunk of flights('200k')) {
      chunks++
      rows += chunk.length
      expect(chunk[0]).toMatchObject({
        date: expect.any(Number),
        delay: expect.any(Number),
        origin: expect.any(String),
      })
    }
    expect([chunks, rows]).toEqual([1, 200_000])
  })
})

describe('the events', () => {
  it('are the same every time, and others with another seed', async () => {
    const first = await all<Event>(events(flights('2k')))
    expect(await all<Event>(events(flights('2k')))).toEqual(first)
    const other = await all<Event>(events(flights('2k'), 7))
    expect(other).not.toEqual(first)
    expect(other).toHaveLength(first.length)
  })

  it('tell the total of an import first, then start each of its jobs and complete it once', async () => {
    const rows = await all<Flight>(flights('20k'))
    const open = new Set<string>()
    const done = new Map<string, number>()
    const totals = new Map<string, number>()
    let overlapping = 0
    for (const event of await all<Event>(events(flights('20k')))) {
      if (event.topic === 'imports') {
        expect(totals.has(event.key)).toBe(false)
        totals.set(event.key, event.value.total)
      } else if (event.value.status === 'started') {
        expect(totals.has(event.value.importId)).toBe(true)
        open.add(event.key)
        overlapping = Math.max(overlapping, open.size)
      } else {
        expect(open.delete(event.key)).toBe(true)
        done.set(event.value.importId, (done.get(event.value.importId) ?? 0) + 1)
      }
    }
    expect(open.size).toBe(0)
    expect(overlapping).toBeGreaterThan(100)
    expect(done).toEqual(totals)
    const plain = new Map<string, number>()
    for (const row of rows) plain.set(importId(row), (plain.get(importId(row)) ?? 0) + 1)
    expect(done).toEqual(plain)
  })
})
