import { SluiceError } from '../errors.js'
import type { CachedStore } from './cached-store.js'
import { RememberedTime } from './remembered-time.js'

/** Among the times of a store of windows. */
const id = 253
// All below -1, which says that nothing was put yet.
const sessions = -2
const endless = Number.MIN_SAFE_INTEGER

/** What kind of windows a store has, remembered beside them: indexes by time and lists are not those of another kind. */
export class WindowForm {
  readonly #store: string
  readonly #now: number
  readonly #kept: RememberedTime

  /**
   * @param times what remembers it
   * @param lists whether there are lists of the windows of a key
   */
  constructor(store: string, times: CachedStore<Uint8Array, Uint8Array>, size: number | 'session', lists: boolean) {
    this.#store = store
    this.#kept = new RememberedTime(times, id)
    if (size === 'session') this.#now = sessions
    else this.#now = size === Number.POSITIVE_INFINITY ? endless : -3 - 2 * size - (lists ? 1 : 0)
  }

  /** A window is put. */
  put(): void {
    this.#kept.value = this.#now
  }

  /** @throws SluiceError BAD_TOPOLOGY where the store has windows of another kind */
  check(): void {
    const before = this.#kept.value
    if (before === -1 || before === this.#now) return
    throw new SluiceError(
      'BAD_TOPOLOGY',
      `store "${this.#store}" has ${named(before)}, and is to have ${named(this.#now)}`,
      {
        place: { store: this.#store },
        hint: 'go back to those, give it another name ({ as }), or let the application begin anew: sluice reset <module>',
      },
    )
  }

  /** Has the next drain take along what has changed, at the time of the latest window. */
  save(latest: number): void {
    this.#kept.save(latest)
  }

  /** Back to what was committed. */
  forget(): void {
    this.#kept.forget()
  }
}

function named(form: number): string {
  if (form === sessions) return 'sessions'
  if (form === endless) return 'windows without an end'
  const size = -3 - form
  return `windows of ${Math.floor(size / 2)} ms${size % 2 === 0 ? '' : ', listed by key'}`
}
