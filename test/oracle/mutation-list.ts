export interface Mutation {
  readonly what: string
  readonly file: string
  /** Once in the file. */
  readonly from: string
  readonly to: string
}

/** One small mistake in an operator each, of the kind that is easily made. */
export const mutations: readonly Mutation[] = [
  {
    what: 'windows drop their grace',
    file: 'src/operators/windows/time-windows.ts',
    from: 'const closed = observed.value - grace\n',
    to: 'const closed = observed.value\n',
  },
  {
    what: 'a result over a window has the time of the last record, not the latest',
    file: 'src/operators/windows/time-windows.ts',
    from: 'Math.max(timestamp, kept.timestamp)',
    to: 'timestamp',
  },
  {
    what: 'sessions close a millisecond early',
    file: 'src/operators/windows/session-windows.ts',
    from: 'if (end < observed.value - grace - gap)',
    to: 'if (end <= observed.value - grace - gap)',
  },
  {
    what: 'a sliding window behind a record is forgotten',
    file: 'src/operators/windows/sliding-windows.ts',
    from: 'if (!hasRight && right !== undefined && rightTimestamp > timestamp) this.#copy(step, right)',
    to: '',
  },
  {
    what: 'a join of streams swaps its sides',
    file: 'src/operators/stream-join.ts',
    from: 'isLeft ? send(key, value, partner.value, latest) : send(key, partner.value, value, latest)',
    to: 'isLeft ? send(key, partner.value, value, latest) : send(key, value, partner.value, latest)',
  },
  {
    what: 'a joined record has the earlier timestamp',
    file: 'src/operators/stream-join.ts',
    from: 'Math.max(timestamp, partner.timestamp)',
    to: 'Math.min(timestamp, partner.timestamp)',
  },
  {
    what: 'a left join tells of a record alone that has met somebody',
    file: 'src/operators/stream-join.ts',
    from: 'pending?.delete(partner.timestamp, { left: !isLeft, key })',
    to: '',
  },
  {
    what: 'a join of tables forgets tombstones',
    file: 'src/operators/table-join.ts',
    from: 'return next(key, joined, latest, joinOld(key, old, theirs))',
    to: 'return joined === null ? undefined : next(key, joined, latest, joinOld(key, old, theirs))',
  },
  {
    what: 'a group of rows does not subtract what leaves it',
    file: 'src/operators/table-aggregate.ts',
    from: 'if (change.old !== null && before !== null) result = aggregated(subtract(before, change.old, key))',
    to: '',
  },
  {
    what: 'suppress tells a change one time unit late',
    file: 'src/operators/suppress.ts',
    from: 'if (earliest > observed.value - wait && !isFull()) return undefined',
    to: 'if (earliest >= observed.value - wait && !isFull()) return undefined',
  },
  {
    what: 'a stream takes rows of a table that it has no key for',
    file: 'src/operators/global-join.ts',
    from: 'if (row === undefined && !left)',
    to: 'if (row === undefined && left)',
  },
]
