/** What is committed beside an offset, so that a restart does not set it back and others can see it. */
export interface PositionMetadata {
  /** The task's; -1 before its first record. */
  readonly streamTime: number
  /** How many entries the task has taken in and not finished: the offset has passed them. */
  readonly pending: number
}

/** `t<stream time>` and `p<pending entries>`, each left out where there is none, `;` between them. */
export function writeMetadata({ streamTime, pending }: PositionMetadata): string {
  const time = streamTime < 0 ? '' : `t${streamTime}`
  if (pending === 0) return time
  return time === '' ? `p${pending}` : `${time};p${pending}`
}

/** Reads what `writeMetadata` wrote; what is of another form says nothing. */
export function readMetadata(metadata: string): PositionMetadata {
  const number = (letter: string): number | undefined => {
    const match = new RegExp(`(?:^|;)${letter}(\\d+)(?:;|$)`).exec(metadata)
    return match === null ? undefined : Number(match[1])
  }
  return { streamTime: number('t') ?? -1, pending: number('p') ?? 0 }
}
