import type { RecordHeaders } from '../record.js'
import type { EntryId } from './entries.js'

/** About what an entry and one of its headers take up beside their bytes. */
const perHeader = 64

/** The headers of the latest change of each entry that is held back, where it has any. */
export class HeldHeaders {
  /** About what they take up. */
  bytes = 0
  readonly #headers = new Map<EntryId, RecordHeaders>()

  set(id: EntryId, headers: RecordHeaders): void {
    if (this.#headers.size > 0) this.take(id)
    if (headers.size === 0) return
    this.#headers.set(id, headers)
    this.bytes += sizeOf(headers)
  }

  /** Answers those of an entry and forgets them. */
  take(id: EntryId): RecordHeaders | undefined {
    const headers = this.#headers.get(id)
    if (headers === undefined) return undefined
    this.#headers.delete(id)
    this.bytes -= sizeOf(headers)
    return headers
  }

  clear(): void {
    this.#headers.clear()
    this.bytes = 0
  }
}

function sizeOf(headers: RecordHeaders): number {
  let bytes = 0
  for (const [name, value] of headers) bytes += perHeader + name.length + (value?.length ?? 0)
  return bytes
}
