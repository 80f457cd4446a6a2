/** A record of a random case in which some are tried again, so that what follows waits for them. */
export interface HeldStep {
  readonly key: string
  /** How far stream time goes on, in milliseconds. */
  readonly by: number
  /** How often the record fails. */
  readonly fails: number
  /** How far the wall clock goes on, in milliseconds. */
  readonly advance: number
}

/** Answers what it gets, the number of a step; where steps may fail, not before it has thrown as often as its step says. */
export function triedAgain(given: readonly HeldStep[], mayFail: boolean): (n: number) => number {
  const tried = new Map<number, number>()
  return n => {
    const tries = (tried.get(n) ?? 0) + 1
    tried.set(n, tries)
    if (mayFail && tries <= (given[n]?.fails ?? 0)) throw new Error('not yet')
    return n
  }
}
