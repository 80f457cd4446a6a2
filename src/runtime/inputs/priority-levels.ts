import { none, type InputChoice } from './input-choice.js'

/** How many turns of higher levels a level waits before it has one itself: it keeps more than 3 % of the turns. */
export const patience = 31

/**
 * The highest level that has something goes first. A level that others went before `patience` times, though it had
 * something, has its turn (ageing), so that none starves.
 */
export class PriorityLevels implements InputChoice {
  waiting = false
  /** From the highest level to the lowest. */
  readonly #levels: readonly InputChoice[]
  /** How often each was gone before since its last turn. */
  readonly #before: number[]
  #anyAged = false
  #last = none

  constructor(levels: readonly InputChoice[]) {
    this.#levels = levels
    this.#before = levels.map(() => 0)
  }

  head(): number {
    this.waiting = false
    if (this.#anyAged) {
      const aged = this.#aged()
      if (aged !== none) return aged
    }
    for (let i = 0; i < this.#levels.length; i++) {
      const head = this.#headOf(i)
      if (head !== none) return head
    }
    return none
  }

  took(): void {
    this.#levels[this.#last]!.took()
    this.#before[this.#last] = 0
    for (let i = this.#last + 1; i < this.#levels.length; i++) {
      if (++this.#before[i]! >= patience) this.#anyAged = true
    }
  }

  /** The head of a level that has waited long enough, the lowest of them. */
  #aged(): number {
    for (let i = this.#levels.length - 1; i > 0; i--) {
      if (this.#before[i]! < patience) continue
      const head = this.#headOf(i)
      if (head !== none) return head
      // Nobody was kept waiting.
      this.#before[i] = 0
    }
    this.#anyAged = false
    return none
  }

  #headOf(level: number): number {
    const head = this.#levels[level]!.head()
    if (head !== none) {
      this.#last = level
      this.waiting = false
    } else this.waiting ||= this.#levels[level]!.waiting
    return head
  }
}
