import type { UnreadBytes } from '../serde/unread.js'
import type { Entries, EntryId } from './entries.js'
import { timestampBytes } from './stored.js'

/** Where an entry's key and value lie, asked anew each time: what a listener does may move them. */
export class ToldBytes implements UnreadBytes {
  id: EntryId = -1
  readonly #entries: Entries

  constructor(entries: Entries) {
    this.#entries = entries
  }

  get buffer(): Buffer {
    return this.#entries.buffer(this.id)
  }

  get keyStart(): number {
    return this.#entries.keyStart(this.id)
  }

  get keyEnd(): number {
    return this.#entries.keyEnd(this.id)
  }

  get valueStart(): number {
    return this.#entries.keyEnd(this.id) + timestampBytes
  }

  get valueEnd(): number {
    return this.#entries.valueEnd(this.id)
  }
}
