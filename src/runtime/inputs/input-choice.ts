/** What a choice looks at: the queue of a source partition. */
export interface Input {
  /** Whether there is a record at its head. */
  readonly ready: boolean
  /** Nothing is here, though the partition is known to hold more. */
  readonly waiting: boolean
  /** Of the record at its head. */
  readonly timestamp: number
}

/** No input has a record, or one that has to be waited for has none yet. */
export const none = -1

/** Which of a task's inputs goes next. */
export interface InputChoice {
  /** The index of the input whose head goes next, or `none`. Asking changes nothing. */
  head(): number
  /** The head that was answered last is taken. */
  took(): void
  /** `head()` is `none` because an input is known to have more that is not here yet. */
  readonly waiting: boolean
}

/**
 * The oldest head first. None as long as an input is empty that is known to have more, because that may be older
 * (KIP-695).
 */
export class OldestInput implements InputChoice {
  waiting = false
  readonly #inputs: readonly Input[]
  readonly #among: readonly number[]

  /** @param among indices of those that it chooses from; all where left out */
  constructor(inputs: readonly Input[], among: readonly number[] = [...inputs.keys()]) {
    this.#inputs = inputs
    this.#among = among
  }

  head(): number {
    this.waiting = false
    let best = none
    for (let i = 0; i < this.#among.length; i++) {
      const index = this.#among[i]!
      const input = this.#inputs[index]!
      if (input.ready) {
        if (best === none || input.timestamp < this.#inputs[best]!.timestamp) best = index
      } else if (input.waiting) {
        this.waiting = true
        return none
      }
    }
    return best
  }

  took(): void {}
}

/** The same between groups of inputs, each of which has a choice of its own. */
export class OldestGroup implements InputChoice {
  waiting = false
  readonly #inputs: readonly Input[]
  readonly #groups: readonly InputChoice[]
  #last: InputChoice | undefined

  constructor(inputs: readonly Input[], groups: readonly InputChoice[]) {
    this.#inputs = inputs
    this.#groups = groups
  }

  head(): number {
    this.waiting = false
    let best = none
    for (const group of this.#groups) {
      const head = group.head()
      if (head === none) {
        if (!group.waiting) continue
        this.waiting = true
        return none
      }
      if (best !== none && this.#inputs[head]!.timestamp >= this.#inputs[best]!.timestamp) continue
      best = head
      this.#last = group
    }
    return best
  }

  took(): void {
    this.#last!.took()
  }
}

/**
 * Inputs by turns, in proportion to their weights: at every moment each that always had a record has had its share, to within
 * one record for each of the others. Turns of those that have none go to the others and are not made up for. (The smooth weighted
 * round robin of nginx.)
 */
export class WeightedTurns implements InputChoice {
  waiting = false
  readonly #members: readonly InputChoice[]
  readonly #weights: readonly number[]
  /** How much of its share each is owed. */
  readonly #owed: number[]
  readonly #ready: boolean[]
  #last = none

  constructor(members: readonly InputChoice[], weights: readonly number[]) {
    this.#members = members
    this.#weights = weights
    this.#owed = members.map(() => 0)
    this.#ready = members.map(() => false)
  }

  head(): number {
    this.waiting = false
    this.#last = none
    let best = none
    for (let i = 0; i < this.#members.length; i++) {
      const member = this.#members[i]!
      const head = member.head()
      this.#ready[i] = head !== none
      if (head === none) {
        this.waiting ||= member.waiting
        this.#owed[i] = Math.min(0, this.#owed[i]!)
      } else if (this.#last === none || this.#due(i) > this.#due(this.#last)) {
        this.#last = i
        best = head
      }
    }
    if (best !== none) this.waiting = false
    return best
  }

  took(): void {
    let all = 0
    for (let i = 0; i < this.#members.length; i++) {
      if (!this.#ready[i]) continue
      all += this.#weights[i]!
      this.#owed[i] = this.#due(i)
    }
    this.#owed[this.#last]! -= all
    this.#members[this.#last]!.took()
  }

  #due(index: number): number {
    return this.#owed[index]! + this.#weights[index]!
  }
}
