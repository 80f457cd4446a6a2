import type { Position } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'

/** Of a task's stores, by name. */
export interface StoreNames {
  /** Those in which records may wait. */
  readonly waiting: readonly string[]
  /** Those that are kept as their own changes, with their kinds. */
  readonly kept: readonly string[]
}

/** What is committed beside an offset, so that a restart does not set it back and others can see it. */
export interface PositionMetadata extends StoreNames {
  /** The task's; -1 before its first record. */
  readonly streamTime: number
  /** How many entries the task has taken in and not finished: the offset has passed them. */
  readonly pending: number
  /** The partition's latest time before the offset, where its source says that times ascend; -1 otherwise. */
  readonly latest: number
  /** Records from the offset on that are done before it, as `DoneOffsets` writes them; mostly none. */
  readonly ahead: string
}

/** What a broker takes (`offset.metadata.max.bytes`). All but the names is bounded below it. */
const most = 4096
/** Of a topic, and so of a store that has one, with its kind. */
const longestName = 251

/**
 * `t<stream time>`, `p<pending entries>`, `a<latest>`, `d<done ahead>`, `w<names>` and `c<names>`, each where there is one,
 * `;` between them. Names for which there is no room are left out.
 */
export function writeMetadata({ streamTime, pending, latest, ahead, waiting, kept }: PositionMetadata): string {
  const parts: string[] = []
  if (streamTime >= 0) parts.push(`t${streamTime}`)
  if (pending > 0) parts.push(`p${pending}`)
  if (latest >= 0) parts.push(`a${latest}`)
  if (ahead !== '') parts.push(`d${ahead}`)
  return withNames(withNames(parts.join(';'), 'w', waiting), 'c', kept)
}

function withNames(before: string, letter: string, names: readonly string[]): string {
  let text = before
  let next = text === '' ? letter : `;${letter}`
  for (const name of names) {
    if (text.length + next.length + name.length > most) break
    text += next + name
    next = ','
  }
  return text
}

/** Whether there may have been no room for a name. */
export function isFull(metadata: string): boolean {
  return metadata.length >= most - longestName
}

/** What goes with the position of a partition; where nothing is committed, that of no record. */
export function metadataAt(
  committed: ReadonlyMap<string, Position>,
  { topic, partition }: TopicPartition,
): PositionMetadata {
  return readMetadata(committed.get(partitionId(topic, partition))?.metadata ?? '')
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
    waiting: text('w', '[^;]+')?.split(',') ?? [],
    kept: text('c', '[^;]+')?.split(',') ?? [],
  }
}

/** In the place of all that, while an application is made to begin anew: its state and its positions do not fit. */
export const resetting = 'reset'
