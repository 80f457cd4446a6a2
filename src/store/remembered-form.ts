import { SluiceError } from '../errors.js'
import type { RememberedNumber } from './remembered-number.js'

/**
 * In what form a store has its entries, remembered beside them as a number: entries of one form cannot be taken for those of
 * another.
 */
export class RememberedForm {
  readonly #store: string
  readonly #kept: RememberedNumber
  readonly #now: number
  readonly #named: (form: number) => string

  /**
   * @param kept what remembers it; -1 says that nothing was put yet
   * @param now what it is from now on
   * @param named says of a form what entries of it are
   */
  constructor(store: string, kept: RememberedNumber, now: number, named: (form: number) => string) {
    this.#store = store
    this.#kept = kept
    this.#now = now
    this.#named = named
  }

  /** An entry is put. */
  put(): void {
    this.#kept.value = this.#now
  }

  /** @throws SluiceError BAD_TOPOLOGY where the store has entries of another form */
  check(): void {
    const before = this.#kept.value
    if (before === -1 || before === this.#now) return
    const [has, isToHave] = [before, this.#now].map(this.#named)
    throw otherForm(this.#store, has!, isToHave!)
  }

  /** Has the next drain take along what has changed, at the time of the latest entry. */
  save(latest: number): void {
    this.#kept.save(latest)
  }

  /** Back to what was committed. */
  forget(): void {
    this.#kept.forget()
  }
}

/** What a store was left with under its name is not what it is to have. */
export function otherForm(store: string, has: string, isToHave: string): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `store "${store}" has ${has}, and is to have ${isToHave}`, {
    place: { store },
    hint: 'go back to that, give it another name ({ as }), or let the application begin anew: sluice reset <module>',
  })
}
