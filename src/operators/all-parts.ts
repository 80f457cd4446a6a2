import { SluiceError, valueText } from '../errors.js'
import type { CachedStore } from '../store/cached-store.js'
import type { Gathering, PartEntry, PartKey } from '../store/part-entry.js'
import type { KeptRecord } from '../store/pending-entry.js'
import type { TimeOrderedEntry, TimeOrderedStore } from '../store/time-ordered.js'
import { bind, plain, type Callback } from './callback.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import { RecordIndex } from './record-index.js'
import type { Wait } from './suspend.js'
import { DueTimers } from './timers/due-timers.js'

/** What came for a key: all of its parts, or those that were there when the wait ended. */
export interface Gathered {
  readonly complete: boolean
  /** Values by the names of their parts. */
  readonly parts: Readonly<Record<string, unknown>>
  /** The names of the parts that did not come, as far as they are known. */
  readonly missing: readonly string[]
}

/** The parts that a key needs, or how many; `undefined` while that is not known. */
export type Expected = readonly string[] | number | undefined

/** A record as one of the parts of its key. */
interface Part {
  readonly name: string
  readonly side: number
  readonly value: unknown
  readonly expected: Expected
}

/** Makes the records of one stream parts. @param side its number among the streams */
export function partOf(
  side: number,
  how: { readonly part: Callback<any, any, string>; readonly expect: Callback<any, any, Expected> },
): Operator {
  return (next, context) => {
    const nameOf = bind(how.part, context)
    const expectedOf = bind(how.expect, context)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      let part: Part
      try {
        const name = checkedName(plain(nameOf(value, key, timestamp)))
        part = { name, side, value, expected: checkedExpected(plain(expectedOf(value, key, timestamp))) }
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(key, part, timestamp)
    }
  }
}

/**
 * Waits for all parts of a key and tells them once; those that are there, when the wait ends before. Of several records for
 * one part the last one counts. A key whose wait has ended is remembered for a time, in which its parts are dropped and
 * counted; then it may begin anew.
 */
export function allParts<K>(options: {
  /** Of `PartKey` and `PartEntry`. */
  readonly parts: string
  /** When waits end, and when keys are forgotten. */
  readonly waits: string
  /** Milliseconds of the wall clock, from the first part on. */
  readonly timeout: number
  /** Milliseconds of the wall clock, from the end of the wait on. */
  readonly remember: number
}): Operator {
  const { timeout, remember } = options
  return (next, context) => {
    const { record } = context
    const store = context.store<CachedStore<PartKey<K>, PartEntry>>(options.parts)
    const waits = context.store<TimeOrderedStore<K, KeptRecord | undefined>>(options.waits)
    const index = new RecordIndex(record, options.parts)

    const known = (key: K): Gathering | undefined => store.get({ key, part: '' }) as Gathering | undefined
    const note = (key: K, gathering: Gathering | null): void =>
      void store.put({ key, part: '' }, gathering, context.now())

    /** The wait is over: tells what is there and forgets it. */
    const end = (key: K, gathering: Gathering, ended: 'complete' | 'timed-out'): Wait => {
      const { names, latest, expected } = gathering
      const parts: Record<string, unknown> = Object.create(null) as Record<string, unknown>
      for (const part of names) {
        parts[part] = (store.get({ key, part }) as { readonly value: unknown }).value
        void store.put({ key, part }, null, context.now())
      }
      if (remember > 0) {
        const due = context.now() + remember
        note(key, { names, latest, due, ended })
        waits.put(due, key, undefined, context.now())
        timers.added(due)
      } else note(key, null)
      const missing = typeof expected === 'object' ? expected.filter(name => !names.includes(name)) : []
      const gathered: Gathered = { complete: ended === 'complete', parts, missing }
      return next(key, gathered, latest)
    }

    const timers = new DueTimers(
      waits,
      context,
      ({ key, value: kept }: TimeOrderedEntry<K, KeptRecord | undefined>) => {
        const gathering = known(key)!
        if (kept === undefined) return note(key, null)
        context.count('incomplete')
        record.resume(kept)
        return end(key, gathering, 'timed-out')
      },
    )

    return (key: K, { name, side, value, expected: told }: Part, timestamp) => {
      const before = known(key)
      const names = before?.names ?? []
      const isNew = !names.includes(name)
      if (before?.ended !== undefined) {
        return context.count(isNew && before.ended === 'timed-out' ? 'late_parts' : 'duplicate_parts')
      }
      const id = { key, part: name }
      if (isNew) store.lacks(id)
      try {
        void store.put(id, { side, value }, timestamp)
      } catch (error) {
        return context.fail(error, key, value)
      }
      if (!isNew) context.count('duplicate_parts')
      const expected = told ?? before?.expected
      const due = before?.due ?? context.now() + timeout
      const now: Gathering = {
        names: isNew ? [...names, name] : names,
        due,
        latest: Math.max(timestamp, before?.latest ?? -1),
        ...(expected === undefined ? {} : { expected }),
      }
      if (isAll(now.names, expected)) {
        if (before !== undefined) waits.delete(due, key, context.now())
        return end(key, now, 'complete')
      }
      note(key, now)
      if (before !== undefined) return undefined
      waits.put(due, key, record.keep(index.next()), context.now())
      timers.added(due)
    }
  }
}

function isAll(names: readonly string[], expected: Expected): boolean {
  if (expected === undefined) return false
  return typeof expected === 'number' ? names.length >= expected : expected.every(name => names.includes(name))
}

/** Whether a part can have that name. */
export function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && Buffer.byteLength(name) <= 0xffff
}

function checkedName(name: unknown): string {
  if (isName(name)) return name
  throw new SluiceError('CALLBACK', `the function of merge.all({ part }) answered ${valueText(name)}`, {
    hint: 'answer the name of the part that the value is: a text that is not empty, such as String(value.number)',
  })
}

function checkedExpected(expected: unknown): Expected {
  if (expected === undefined || (Number.isSafeInteger(expected) && (expected as number) > 0))
    return expected as Expected
  if (Array.isArray(expected) && expected.length > 0 && expected.every(isName)) {
    // The function may change its own later.
    return [...expected]
  }
  throw new SluiceError('CALLBACK', `the function of merge.all({ expect }) answered ${valueText(expected)}`, {
    hint: 'answer the names of all parts, or how many there are (1 or more), or undefined where a value does not say',
  })
}
