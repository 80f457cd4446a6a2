import { SluiceError } from '../errors.js'
import { asBuffer } from '../serde/buffer.js'
import type { Serde } from '../serde/serde.js'
import type { JoinBuffer } from '../store/join-buffer.js'
import { bind, plain, type Callback } from './callback.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** What tells records of one key apart. */
export type DedupeId = string | number | bigint | boolean

/** A record's key and its id. */
export interface DedupeKey {
  readonly key: unknown
  readonly id: DedupeId
}

export interface DedupeOptions {
  readonly store: string
  readonly by: Callback<any, any, DedupeId>
  /** Milliseconds: a record is left out where one of the same key and id has passed that is no further away in time. */
  readonly within: number
  /** Milliseconds: how far behind the latest record one may come. */
  readonly grace: number
}

/** How long the store has to keep what passed: as long as a record may come that it tells to be left out. */
export function dedupeRetention({ within, grace }: Pick<DedupeOptions, 'within' | 'grace'>): number {
  return within + grace + 1
}

const nothing = new Uint8Array(0)

/**
 * Passes the first of the records that share key and id and lie close in time. What comes after the grace is dropped and
 * counted: whether it has come before is not known any more.
 */
export function dedupe({ store: name, by, within, grace }: DedupeOptions): Operator {
  return (next, context) => {
    const store = context.store<JoinBuffer<DedupeKey, Uint8Array>>(name)
    store.heldBy(context.record)
    const idOf = bind(by, context)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      let id: DedupeId
      try {
        id = checked(plain(idOf(value, key, timestamp)))
      } catch (error) {
        return context.fail(error, key, value)
      }
      store.observe(timestamp)
      if (timestamp < store.reached - grace) return context.count('late_records')
      const known = { key, id }
      if (store.fetch(known, timestamp - within, timestamp + within).length > 0) {
        return context.count('duplicates_dropped')
      }
      store.add(known, nothing, timestamp)
      const wait = next(key, value, timestamp)
      return wait === undefined ? store.sweep() : wait.then(() => store.sweep())
    }
  }
}

/** The id as text behind a letter for its type, and the key: length of the id (uint32), id, key. */
export function dedupeKey(key: Serde<any>): Serde<DedupeKey> {
  return {
    name: `dedupe(${key.name ?? 'key'})`,
    serialize(known) {
      const id = Buffer.from(`${(typeof known.id)[0]}${known.id}`)
      const length = Buffer.allocUnsafe(4)
      length.writeUInt32BE(id.length)
      return Buffer.concat([length, id, key.serialize(known.key)])
    },
    deserialize(bytes) {
      const buffer = asBuffer(bytes)
      const end = 4 + buffer.readUInt32BE(0)
      return { key: key.deserialize(buffer.subarray(end)), id: idOf(buffer.toString('utf8', 4, end)) }
    },
  }
}

/** The letters are those that `typeof` begins with; a bigint shares the letter of a boolean, and no text with it. */
function idOf(text: string): DedupeId {
  const id = text.slice(1)
  if (text[0] === 's') return id
  if (text[0] === 'n') return Number(id)
  return id === 'true' || id === 'false' ? id === 'true' : BigInt(id)
}

function checked(id: unknown): DedupeId {
  if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' || typeof id === 'boolean') return id
  throw new SluiceError('CALLBACK', `the function of dedupe({ by }) answered ${id === null ? 'null' : typeof id}`, {
    hint: 'answer what tells records apart: a text, a number, a bigint or a boolean; JSON.stringify makes a text of objects',
  })
}
