/** What is committed beside an offset, so that a restart does not set it back and others can see it. */
export interface PositionMetadata {
  /** The task's; -1 before its first record. */
  readonly streamTime: number
  /** How many entries the task has taken in and not finished: the offset has passed them. */
  readonly pending: number
  /** The partition's latest time before the offset, where its source says that times ascend; -1 otherwise. */
  readonly latest: number
  /** Records from the offset on that are done before it, as `DoneOffsets` writes them; mostly none. */
  readonly ahead: string
}

/** `t<stream time>`, `p<pending entries>`, `a<latest>` and `d<done ahead>`, each where there is one, `;` between them. */
export function writeMetadata({ streamTime, pending, latest, ahead }: PositionMetadata): string {
  const parts: string[] = []
  if (streamTime >= 0) parts.push(`t${streamTime}`)
  if (pending > 0) parts.push(`p${pending}`)
  if (latest >= 0) parts.push(`a${latest}`)
  if (ahead !== '') parts.push(`d${ahead}`)
  return parts.join(';')
}

/** Reads what `writeMetadata` wrote; what is of another form says nothing. */
export function readMetadata(metadata: string): PositionMetadata {
  const text = (letter: string, form: string): string | undefined =>
    new RegExp(`(?:^|;)${letter}(${form})(?:;|$)`).exec(metadata)?.[1]
  return {
    streamTime: Number(text('t', '\\d+') ?? -1),
    pending: Number(text('p', '\\d+') ?? 0),
    latest: Number(text('a', '\\d+') ?? -1),
    ahead: text('d', '[0-9a-z.,]+') ?? '',
  }
}

/** In the place of all that, while an application is made to begin anew: its state and its positions do not fit. */
export const resetting = 'reset'
