import { bytes } from '../serde/bytes.js'
import type { Serde } from '../serde/serde.js'
import { BucketKeys } from './bucket-keys.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import { hashOf } from './key-index.js'
import type { ChangeBytes, ChangelogWriter, ManagedStore } from './key-value.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'

/** What has subscribed to the rows of a table, by the foreign key of each and its own. */
export interface Subscriptions<S> {
  /** Null takes it back. */
  put(foreign: Uint8Array, primary: Uint8Array, subscription: S | null, timestamp: number): void
  /** Those to one foreign key, each with its own key; `undefined` where it is known that there are none. Suspends. */
  of(foreign: Uint8Array): AsyncIterable<readonly [primary: Uint8Array, subscription: S]> | undefined
}

export interface SubscriptionsOptions<S> {
  readonly name: string
  readonly value: Serde<S>
  readonly db: StateStore
  readonly cacheBytes: number
}

// A key is the length of the foreign key (uint32), the foreign key, the primary key, as in Kafka Streams' CombinedKeySchema.
const lengthBytes = 4
/** All foreign keys are in one bucket. */
const all = 0

/**
 * Subscriptions over a state database, side by side under their foreign keys. Which foreign keys have any is known in memory by
 * their hashes, once the database was gone through for that: a row that nobody has subscribed to costs no walk.
 */
export function createSubscriptions<S>(options: SubscriptionsOptions<S>): Subscriptions<S> & ManagedStore {
  return new SubscriptionBytes(options)
}

class SubscriptionBytes<S> implements Subscriptions<S>, ManagedStore {
  readonly name: string
  readonly #db: StateStore
  readonly #store: CachedStore<Uint8Array, S>
  readonly #knownBytes: number
  #known: BucketKeys
  /** Whether all that the database holds is among what is known. */
  #complete: boolean | 'soon' = false

  constructor({ name, value, db, cacheBytes }: SubscriptionsOptions<S>) {
    this.name = name
    this.#db = db
    this.#knownBytes = Math.floor(cacheBytes / 4)
    const storeBytes = cacheBytes - this.#knownBytes
    this.#store = createKeyValueStore({ name, key: bytes, value, db, cache: false, cacheBytes: storeBytes })
    this.#known = new BucketKeys(this.#knownBytes, -1)
  }

  put(foreign: Uint8Array, primary: Uint8Array, subscription: S | null, timestamp: number): void {
    if (subscription !== null) this.#known.add(all, hashOf(foreign, 0, foreign.length))
    void this.#store.put(Buffer.concat([prefixOf(foreign), primary]), subscription, timestamp)
  }

  of(foreign: Uint8Array): AsyncIterable<readonly [Uint8Array, S]> | undefined {
    if (this.#complete === false) {
      this.#complete = 'soon'
      void this.#learn()
    }
    const none = this.#complete === true && !this.#known.mayHold(all, hashOf(foreign, 0, foreign.length))
    return none ? undefined : this.#under(prefixOf(foreign))
  }

  async *#under(prefix: Buffer): AsyncGenerator<readonly [Uint8Array, S]> {
    for await (const [key, subscription] of this.#store.entries({ from: prefix, to: behind(prefix) })) {
      if (Buffer.compare(key.subarray(0, prefix.length), prefix) !== 0) return
      yield [key.subarray(prefix.length), subscription]
    }
  }

  /** What was put since the store was made is known already; this adds what was there before. */
  async #learn(): Promise<void> {
    const known = this.#known
    let read = true
    try {
      for await (const [key] of this.#db.entries()) {
        if (known !== this.#known) return
        known.add(all, hashOf(key, lengthBytes, lengthBytes + lengthAt(key)))
      }
    } catch {
      // A walk that cannot read says so; knowing nothing is no failure.
      read = false
    }
    // Of what was forgotten meanwhile this says nothing.
    if (known === this.#known) this.#complete = read
  }

  get uncommittedBytes(): number {
    return this.#store.uncommittedBytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.#store.drain(changelog, batch)
  }

  committed(): void {
    this.#store.committed()
  }

  discard(): void {
    this.#store.discard()
    this.#forget()
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    if (this.#complete !== false) this.#forget()
    this.#store.restore(change, batch)
  }

  #forget(): void {
    this.#known = new BucketKeys(this.#knownBytes, -1)
    this.#complete = false
  }
}

function lengthAt(key: Uint8Array): number {
  return ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0
}

function prefixOf(foreign: Uint8Array): Buffer {
  const prefix = Buffer.allocUnsafe(lengthBytes + foreign.length)
  prefix.writeUInt32BE(foreign.length)
  prefix.set(foreign, lengthBytes)
  return prefix
}

/** A key behind all that begin with the prefix. Its length is below 2^32 - 1, so some byte can be raised. */
function behind(prefix: Buffer): Buffer {
  const to = Buffer.from(prefix)
  for (let i = to.length - 1; i >= 0; i--) {
    if (to[i] === 0xff) continue
    to[i]!++
    return to.subarray(0, i + 1)
  }
  return to
}
