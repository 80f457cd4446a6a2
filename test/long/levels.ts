/** What is measured while a run goes on. */
export interface Sample {
  readonly records: number
  /** Bytes: heap and buffers after a collection; all of the process's memory; the store's files. */
  readonly heap: number
  readonly rss: number
  readonly disk: number
  /** In LevelDB, over all stores; where the log keeps state of its own. */
  readonly keys?: number
  /** Where there are changelogs: their records, and the bytes of their segments. */
  readonly changelogRecords?: number
  readonly changelogBytes?: number
}

export interface Level {
  readonly what: string
  /** The largest of the first half, without the first eighth, and of the second half. */
  readonly before: number
  readonly after: number
  readonly level: boolean
}

/** What may lie between two readings of equal things: a table of LevelDB or a segment, pages that are not given back. */
const slack: Partial<Record<keyof Sample, number>> = {
  heap: 8 << 20,
  rss: 24 << 20,
  disk: 8 << 20,
  changelogBytes: 24 << 20,
  // Those of the segments that are written to, which are never cleaned.
  changelogRecords: 20_000,
}

/** Whether each measure has stopped growing: the second half may have a tenth more than the first, beyond the slack. */
export function levels(samples: readonly Sample[], measures: readonly (keyof Sample)[]): readonly Level[] {
  const half = Math.ceil(samples.length / 2)
  const warm = Math.ceil(samples.length / 8)
  return measures.map(what => {
    const most = (some: readonly Sample[]): number => Math.max(...some.map(sample => sample[what]!))
    const before = most(samples.slice(warm, half))
    const after = most(samples.slice(half))
    return { what, before, after, level: after <= before * 1.1 + (slack[what] ?? 0) }
  })
}
