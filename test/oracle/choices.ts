import type { Fn } from './question.js'

// Numbers that a generator drew, as the functions and options of operators. The first of each list is the plainest one.

export function predicate(n: number): Fn {
  return pick<Fn>([['mod', 2, 0], ['keyMod', 2, 0], ['mod', 3, 1], ['isNull'], ['true'], ['false']], n)
}

export function mapper(n: number, m: number): Fn {
  return pick<Fn>(
    [['add', 1], ['id'], ['append', '!'], ['length'], ['withKey'], ['const', 'c'], ['nullIf', predicate(m)]],
    n,
  )
}

export function selector(n: number, m: number): Fn {
  return pick<Fn>([['bucket', 2], ['value'], ['keyBucket', 2], ['key'], ['nullIf', predicate(m), ['bucket', 3]]], n)
}

/** The key of a row of a global table, whose keys are those of the records. */
export function rowKey(n: number, m: number): Fn {
  return pick<Fn>([['key'], ['keyBucket', 4], ['nullIf', predicate(m), ['key']]], n)
}

/** A key that may be one of the records', of a value alone. */
export function foreignKey(n: number, m: number): Fn {
  return pick<Fn>(
    [
      ['keyOf', 4],
      ['nullIf', predicate(m), ['keyOf', 3]],
    ],
    n,
  )
}

export function reducer(n: number, m: number): Fn {
  return pick<Fn>(
    [
      ['sum'],
      ['concat'],
      ['last'],
      ['min'],
      ['max'],
      ['nullIf', ['mod', 3, 0], ['sum']],
      ['nullIf', predicate(m), ['concat']],
    ],
    n,
  )
}

/** Of two sessions; never null, with which Kafka Streams would go on where Sluice begins anew. */
export function merger(n: number): Fn {
  return pick<Fn>([['sum'], ['concat'], ['last'], ['min'], ['max']], n)
}

export function joiner(n: number, m: number): Fn {
  return pick<Fn>([['pair'], ['left'], ['right'], ['sum'], ['nullIf', predicate(m), ['pair']]], n)
}

export function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length]!
}
