/** A node that later ones may follow. */
export interface Open {
  readonly id: string
  readonly kind: 'stream' | 'table'
  /** The topics its records come from. */
  readonly topics: ReadonlySet<string>
  /** A repartition lies above: then the order against what comes another way is nobody's promise. */
  readonly repartitioned: boolean
  readonly rekeyed: boolean
  /** Kafka Streams tells other former values of its rows than Sluice does, so that no group of rows may follow. */
  readonly otherFormer: boolean
  /** A table whose values may come out as null: Kafka Streams hands on that nothing became nothing, Sluice does not. */
  readonly idle: boolean
  /** Kafka Streams tells that nothing became nothing in it, which moves the time of a `suppress` behind it. */
  readonly talkative: boolean
  /** Kafka Streams computes its rows at each look-up, Sluice keeps them: a join of tables without a store, and `suppress`. */
  readonly computed?: boolean
  /** It has a history: streams look up what was there at their time. */
  readonly versioned?: boolean
  /** Its rows are by key and window. What matters of it is whether it closes. */
  readonly windows?: 'closing' | 'endless' | undefined
  /** The same text for windows of the same kind, size and step: only such tables may be joined. */
  readonly over?: string | undefined
}

/** Whether the order of what comes from both is settled: by other records, or without a topic in between. */
export function fits(a: Open, b: Open): boolean {
  return (!a.repartitioned && !b.repartitioned) || apart(a, b)
}

/** Nothing comes to both: one change at two sides of a join of tables is two changes, and what shows in between is chance. */
export function apart(a: Open, b: Open): boolean {
  return [...a.topics].every(topic => !b.topics.has(topic))
}

export function both(a: Open, b: Open): Pick<Open, 'topics' | 'repartitioned' | 'otherFormer'> {
  return {
    topics: new Set([...a.topics, ...b.topics]),
    repartitioned: a.repartitioned || b.repartitioned,
    otherFormer: a.otherFormer || b.otherFormer,
  }
}
