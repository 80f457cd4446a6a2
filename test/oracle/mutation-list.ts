export interface Mutation {
  readonly what: string
  readonly file: string
  /** Once in the file. */
  readonly from: string
  readonly to: string
  /** What a case that can show it has one of, by the names in the table of coverage (`coverage.ts`). */
  readonly shownBy: readonly string[]
}

/** One small mistake in an operator each, of the kind that is easily made. */
export const mutations: readonly Mutation[] = [
  {
    what: 'windows drop their grace',
    file: 'src/operators/windows/time-windows.ts',
    from: 'const closed = observed.value - grace\n',
    to: 'const closed = observed.value\n',
    shownBy: ['grace of tumbling', 'grace of hopping'],
  },
  {
    what: 'a result over a window has the time of the last record, not the latest',
    file: 'src/operators/windows/time-windows.ts',
    from: 'Math.max(timestamp, kept.timestamp)',
    to: 'timestamp',
    shownBy: ['count over tumbling', 'reduce over tumbling', 'aggregate over hopping'],
  },
  {
    what: 'sessions close a millisecond early',
    file: 'src/operators/windows/session-windows.ts',
    from: 'const open = closedAt(observed.value) + 1',
    to: 'const open = closedAt(observed.value) + 2',
    shownBy: ['count over session', 'reduce over session', 'aggregate over session', 'late of session'],
  },
  {
    what: 'a sliding window behind a record is forgotten',
    file: 'src/operators/windows/sliding-windows.ts',
    from: 'if (!hasRight && right !== undefined && rightTimestamp > timestamp) this.#copy(step, right)',
    to: '',
    shownBy: ['count over sliding', 'reduce over sliding', 'aggregate over sliding'],
  },
  {
    what: 'a join of streams swaps its sides',
    file: 'src/operators/stream-join.ts',
    from: 'isLeft ? send(key, value, partner.value, latest) : send(key, partner.value, value, latest)',
    to: 'isLeft ? send(key, partner.value, value, latest) : send(key, value, partner.value, latest)',
    shownBy: ['streams: inner join', 'streams: left join', 'streams: outer join'],
  },
  {
    what: 'a joined record has the earlier timestamp',
    file: 'src/operators/stream-join.ts',
    from: 'Math.max(timestamp, partner.timestamp)',
    to: 'Math.min(timestamp, partner.timestamp)',
    shownBy: ['streams: inner join', 'streams: left join', 'streams: outer join'],
  },
  {
    what: 'a left join tells of a record alone that has met somebody',
    file: 'src/operators/stream-join.ts',
    from: 'pending?.delete(partner.timestamp, { left: !isLeft, key })',
    to: '',
    shownBy: ['streams: left join', 'streams: outer join'],
  },
  {
    what: 'a join of tables forgets tombstones',
    file: 'src/operators/table-join.ts',
    from: 'return next(key, joined, latest, joinOld(key, old, theirs))',
    to: 'return joined === null ? undefined : next(key, joined, latest, joinOld(key, old, theirs))',
    shownBy: ['tables: inner join', 'tables: left join', 'tables: outer join'],
  },
  {
    what: 'a group of rows does not subtract what leaves it',
    file: 'src/operators/table-aggregate.ts',
    from: 'if (change.old !== null && before !== null) result = aggregated(subtract(before, change.old, key))',
    to: '',
    shownBy: ['reduce of a table', 'aggregate of a table'],
  },
  {
    what: 'suppress tells a change one time unit late',
    file: 'src/operators/suppress.ts',
    from: 'if (earliest > observed.value - wait && !isFull()) return undefined',
    to: 'if (earliest >= observed.value - wait && !isFull()) return undefined',
    shownBy: ['suppress for a time', 'suppress for no time'],
  },
  {
    what: 'a stream takes rows of a table that it has no key for',
    file: 'src/operators/global-join.ts',
    from: 'if (row === undefined && !left)',
    to: 'if (row === undefined && left)',
    shownBy: ['stream and global table: inner join', 'stream and global table: left join'],
  },
  {
    what: 'a window does not take what comes right at its start',
    file: 'src/operators/windows/time-windows.ts',
    from: 'start <= timestamp; start += step',
    to: 'start < timestamp; start += step',
    shownBy: ['count over tumbling', 'count over hopping'],
  },
  {
    what: 'sessions that a record brings together are not deleted',
    file: 'src/operators/windows/session-windows.ts',
    from: 'const removed = inOrder(sessions, remove)',
    to: 'const removed = inOrder([], remove)',
    shownBy: ['count over session', 'reduce over session', 'aggregate over session'],
  },
  {
    what: 'a filtered table forgets the tombstone of a row that it stops to have',
    file: 'src/operators/table-filter.ts',
    from: 'if (kept !== null || before !== null || options.versioned === true)',
    to: 'if (kept !== null)',
    shownBy: ['filter of a table', 'filterNot of a table'],
  },
  {
    what: 'a row that moves stays in its former group, too',
    file: 'src/operators/regroup-select.ts',
    from: 'const left = from === undefined ? undefined : send',
    to: 'const left = from === undefined || to !== undefined ? undefined : send',
    shownBy: ['groupBy of a table'],
  },
  {
    what: 'a record waits for late rows a millisecond longer than the grace',
    file: 'src/operators/grace-join.ts',
    from: 'buffer.next(held, buffer.observed.value - grace)',
    to: 'buffer.next(held, buffer.observed.value - grace - 1)',
    shownBy: ['stream and versioned table: grace'],
  },
  {
    what: 'a versioned table answers its latest row, not that of the time',
    file: 'src/store/versioned.ts',
    from: 'if (latest !== undefined && this.timestamp <= time) return latest',
    to: 'if (latest !== undefined) return latest',
    shownBy: ['stream and versioned table: inner join', 'stream and versioned table: left join'],
  },
  {
    what: 'a row that now means a foreign row that is not there keeps its former result',
    file: 'src/operators/foreign-join/subscribe.ts',
    from: "return after(send(from, 'forget'), () => send(to, 'tell'))",
    to: "return after(send(from, 'forget'), () => send(to, 'tell-if-there'))",
    shownBy: ['foreign key: inner join'],
  },
  {
    what: 'a changed key is not repartitioned before it is grouped',
    file: 'dsl/grouped-input.ts',
    from: 'if (!isRekeyed(node)) return node',
    to: 'if (isRekeyed(node) || !isRekeyed(node)) return node',
    shownBy: ['groupByKey', 'groupBy of a stream'],
  },
  {
    what: 'stream time does not come back after a restart',
    file: 'src/store/window-times.ts',
    from: 'for (const time of this.#byId.values()) time.save()',
    to: '',
    shownBy: ['restarts'],
  },
]
