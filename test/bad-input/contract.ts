import { expect, onTestFinished, test } from 'vitest'
import type { SluiceError } from '../../src/errors.js'
import type { Log } from '../../src/log/log.js'
import { partitionId } from '../../src/record.js'
import type { Running } from '../../src/runtime/options.js'
import { badRecords, type BadRecord } from './cases.js'
import { counts, deadLetters, good, orders, setUp, tally, write, type Names, type Policy } from './orders.js'

/** Where a suite runs: a log for each test, directories, and names of topics that no other test uses. */
export interface Place {
  open(): Promise<Log>
  directory(): Promise<string>
  names(): Names
}

/** What every log has to hold about records that something cannot work on. */
export function badInputContract(place: Place, cases: readonly BadRecord[] = badRecords): void {
  for (const bad of cases) {
    test(`${bad.what}: stops, names the record, loses nothing, and goes on when told to`, async () => {
      const at = await prepare(bad)
      for (let attempt = 1; attempt <= 2; attempt++) {
        expectToName(await whatStops(at), bad, at.names)
        expect(await position(at)).toBeLessThanOrEqual(1)
      }

      const skipping = await at.restart('skip')
      await skipping.drained()
      expect(await counts(at.log, at.names)).toMatchObject({ a: 1, b: 1 })
      expect(await skipping.query(tally).get('b')).toBe(1)
    })

    test(`${bad.what}: is counted where records may be skipped`, async () => {
      const { log, names, restart } = await prepare(bad)
      const app = await restart('skip')
      await app.drained()
      expect(await counts(log, names)).toMatchObject({ a: 1, b: 1 })
      expect(await deadLetters(log, names)).toEqual([])
      const skipped = Object.entries(app.status.counters).filter(([name]) => name.startsWith('skipped'))
      expect(skipped).toEqual([[expect.stringMatching(bad.operator), 1]])
    })

    test(`${bad.what}: goes to the dead-letter topic as it came, once, with its story`, async () => {
      const at = await prepare(bad)
      for (let attempt = 1; attempt <= 2; attempt++) await (await at.restart('dead-letter')).drained()
      expect(await counts(at.log, at.names)).toMatchObject({ a: 1, b: 1 })
      const letters = await deadLetters(at.log, at.names)
      expect(letters).toHaveLength(1)
      const [{ key, value, headers }] = letters as [(typeof letters)[0]]
      expect(key === null ? null : Buffer.from(key).toString()).toBe(bad.record.key)
      expect(Buffer.from(value!)).toEqual(Buffer.from(bad.record.value!))
      const text = (name: string): string | undefined => headers.text(name)
      expect(text('origin')).toBe('shop')
      expect(text('sluice.topic')).toBe(at.names.orders)
      expect(text('sluice.partition')).toBe('0')
      expect(text('sluice.offset')).toBe('1')
      expect(text('sluice.timestamp')).toBe('1000')
      expect(text('sluice.operator')).toMatch(bad.operator)
      expect(text('sluice.code')).toBe(bad.code)
      expect(text('sluice.error')).toMatch(bad.says)
      expect(text('sluice.stack')).toMatch(/at /)
    })
  }

  async function prepare(bad: BadRecord): Promise<Prepared> {
    const names = place.names()
    const [log, stateDir] = [await place.open(), await place.directory()]
    await setUp(log, names)
    await write(log, names.orders, good('a', 1), bad.record, good('b', 1))
    let app: Running | undefined
    const close = async (): Promise<void> => app?.close().catch(() => {})
    onTestFinished(close)
    const restart = async (policy: Policy): Promise<Running> => {
      await close()
      return (app = await orders(policy, names).start({ log, stateDir, onError: () => {} }))
    }
    return { log, names, restart }
  }
}

interface Prepared {
  readonly log: Log
  readonly names: Names
  /** Closes what runs, and starts on the same state. */
  readonly restart: (policy: Policy) => Promise<Running>
}

/** The error that stops the pipeline: `start` throws it where the record is met before all state is there. */
async function whatStops({ restart }: Prepared): Promise<SluiceError> {
  try {
    await (
      await restart('stop')
    ).closed
  } catch (error) {
    return error as SluiceError
  }
  throw new Error('nothing stopped the pipeline')
}

function expectToName(error: SluiceError, bad: BadRecord, names: Names): void {
  expect(error).toMatchObject({ code: bad.code, place: { partition: 0, offset: 1 } })
  expect(error.message).toMatch(bad.says)
  expect(error.message).toContain(`topic ${names.orders}, partition 0, offset 1, operator `)
  expect(error.place.operator).toMatch(bad.operator)
  expect(error.message).toMatch(/\n {2}→ \w+/)
}

async function position({ log, names }: Prepared): Promise<number> {
  const found = await log.committed(`${names.orders}-app`, [{ topic: names.orders, partition: 0 }])
  return found.get(partitionId(names.orders, 0))?.offset ?? 0
}
