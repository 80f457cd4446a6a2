import type { StateReader } from '../../query/store-reader.js'
import type { StateRange } from '../../store/state-db.js'
import type { Entry } from './messages.js'

/** A page of a scan ends after so many entries or bytes. */
const pageEntries = 1000
const pageBytes = 256 * 1024

/** The scans that another thread is in the middle of. */
export class Scans {
  readonly #open = new Map<number, AsyncIterator<readonly [Uint8Array, Uint8Array]>>()
  #last = 0

  begin(store: StateReader, range: StateRange): number {
    this.#open.set(++this.#last, store.entries(range)[Symbol.asyncIterator]())
    return this.#last
  }

  /** The next entries; none at the end, where the scan is over. */
  async more(scan: number): Promise<Entry[]> {
    const iterator = this.#open.get(scan)
    const page: Entry[] = []
    if (iterator === undefined) return page
    for (let bytes = 0; page.length < pageEntries && bytes < pageBytes;) {
      const { done, value } = await iterator.next()
      if (done === true) {
        this.#open.delete(scan)
        break
      }
      // Copied: a clone of a view would take all of the memory behind it along.
      page.push([new Uint8Array(value[0]), new Uint8Array(value[1])])
      bytes += value[0].length + value[1].length
    }
    return page
  }

  async stop(scan: number): Promise<void> {
    const iterator = this.#open.get(scan)
    this.#open.delete(scan)
    await iterator?.return?.()
  }
}
