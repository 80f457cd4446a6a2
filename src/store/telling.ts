import { unread } from '../serde/unread.js'
import type { DirectReader } from '../serde/direct.js'
import type { Entries, EntryId } from './entries.js'
import type { EntryValues } from './entry-values.js'
import type { ChangeListener, Hearing } from './key-value.js'
import { HeldHeaders } from './held-headers.js'
import { ToldBytes } from './told-bytes.js'

/**
 * How a store's listener hears of changes: at once, or where they are held back, of each key once at a flush. It gets no more
 * decoded than it looks at.
 */
export class Telling<K, V> {
  /** Whether changes wait for `flush`. */
  readonly holdsBack: boolean
  /** Whether anybody asks for what was told before a change. */
  readonly keepsTold: boolean
  readonly #listener: ChangeListener<K, V>
  readonly #hearing: Hearing | undefined
  readonly #entries: Entries
  readonly #readKey: DirectReader<K>
  readonly #values: EntryValues<V>
  /** Set where the listener does not look at all of a change. */
  readonly #bytes: ToldBytes | undefined
  /** Of what is held back. */
  readonly #headers = new HeldHeaders()

  constructor(
    of: {
      readonly entries: Entries
      readonly readKey: DirectReader<K>
      readonly values: EntryValues<V>
      readonly holdsBack: boolean
    },
    listener: ChangeListener<K, V>,
    hearing: Hearing | undefined,
  ) {
    this.#entries = of.entries
    this.#readKey = of.readKey
    this.#values = of.values
    this.holdsBack = of.holdsBack
    this.#listener = listener
    this.#hearing = hearing
    this.keepsTold = hearing?.old !== false
    const looksAtAll = hearing === undefined || (hearing.key && hearing.value)
    this.#bytes = looksAtAll ? undefined : new ToldBytes(of.entries)
  }

  /** What is held back takes up in memory beside its entries. */
  get heldBytes(): number {
    return this.#headers.bytes
  }

  /** Before a change that is held back. */
  hold(id: EntryId): void {
    this.#entries.holdBack(id, this.keepsTold)
    if (this.#hearing !== undefined) this.#headers.set(id, this.#hearing.headers())
  }

  /** Forgets what is held back. */
  discard(): void {
    this.#headers.clear()
  }

  /** Before a change that is not held back: what the listener gets as the old value. */
  oldOf(id: EntryId): V | null | undefined {
    return this.keepsTold ? this.#values.newest(id) : undefined
  }

  /** Tells a change that is not held back. */
  tell(key: K, id: EntryId, value: V | null, timestamp: number, old: V | null | undefined): void | Promise<void> {
    const isRead = (key as unknown) !== unread || this.#hearing?.key === false
    return this.#listener(isRead ? key : this.#keyOf(id), value, timestamp, old)
  }

  /** Tells all that is held back. */
  flush(): void | Promise<void> {
    // A listener may write to this store, or flush it: the queue is asked again after each call.
    for (let id = this.#entries.nextUntold(); id >= 0; id = this.#entries.nextUntold()) {
      const result = this.#tellHeld(id)
      if (result !== undefined) return result.then(() => this.flush())
    }
    return undefined
  }

  #tellHeld(id: EntryId): void | Promise<void> {
    const entries = this.#entries
    entries.tell(id)
    const headers = this.#headers.take(id)
    if (!entries.wasTold(id) && !entries.isPresent(id)) return undefined
    return headers === undefined ? this.#tellEntry(id) : this.#hearing!.under(headers, () => this.#tellEntry(id))
  }

  #tellEntry(id: EntryId): void | Promise<void> {
    const entries = this.#entries
    const timestamp = entries.timestamp(id)
    const old = this.keepsTold ? this.#values.told(id) : undefined
    const bytes = this.#bytes
    if (bytes === undefined) return this.#listener(this.#keyOf(id), this.#values.newest(id), timestamp, old)
    const hearing = this.#hearing!
    bytes.id = id
    hearing.bytes(bytes)
    // What is unread is of no type: it only gets as far as a sink, which copies the bytes.
    const newest = hearing.value || !entries.isPresent(id) ? this.#values.newest(id) : (unread as V)
    return this.#listener(hearing.key ? this.#keyOf(id) : (unread as K), newest, timestamp, old)
  }

  #keyOf(id: EntryId): K {
    const entries = this.#entries
    return this.#readKey(entries.buffer(id), entries.keyStart(id), entries.keyEnd(id))
  }
}
