// Checked by the compiler alone: every line here must compile, and every line under @ts-expect-error must not.
import {
  json,
  long,
  merge,
  pipeline,
  string,
  topic,
  type AllParts,
  type CountedParts,
  type Stream,
} from '../../dsl/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<T extends true>(): T | undefined {
  return undefined
}

const p = pipeline('patterns')
const words = p.stream(topic('words', { key: string, value: string }))
const numbers = p.stream(topic('numbers', { key: string, value: long }))
const jobs = p.stream(topic('jobs', { key: string, value: json<{ id: string; of: number }>() }))

export function mergers(): void {
  const both = words.merge(numbers, { weights: [3, 1] })
  same<Equal<typeof both, Stream<string, string | number, 'keyed'>>>()
  const fair = words.merge(numbers, jobs, { fair: true })
  same<Equal<typeof fair, Stream<string, string | number | { id: string; of: number }, 'keyed'>>>()
  // @ts-expect-error weights are numbers
  words.merge(numbers, { weights: ['3', '1'] })
  const several = [numbers, jobs]
  const manyFair = words.merge(...several, { fair: true })
  same<Equal<typeof manyFair, typeof fair>>()
  // @ts-expect-error a merge is fair, or it is not asked for
  words.merge(numbers, { fair: false })
  // @ts-expect-error by turns, or by weight
  words.merge(numbers, { fair: true, weights: [3, 1] })
  const otherKeys = numbers.selectKey(n => n)
  // @ts-expect-error the keys of the two differ
  words.merge(otherKeys, { fair: true })
}

export function barriers(): void {
  const all = merge.all({ words, numbers }, { timeout: '10m' })
  type Parts = { words: typeof words; numbers: typeof numbers }
  same<Equal<typeof all, Stream<string, AllParts<Parts>, 'keyed'>>>()
  all.map(each => (each.complete ? each.parts.words.length + each.parts.numbers : each.missing.length))
  all.map(({ missing }) => missing.map(name => name satisfies 'words' | 'numbers'))
  // @ts-expect-error parts may be missing
  all.map(({ parts }) => parts.words.length)
  // @ts-expect-error how long is a key waited for?
  merge.all({ words, numbers }, {})
  // @ts-expect-error the stream is re-keyed
  merge.all({ words: words.selectKey(word => word), numbers }, { timeout: '10m' })
  const byNumber = numbers.shard({ by: n => n, key: long })
  // @ts-expect-error keys that are numbers meet no texts
  merge.all({ words, byNumber }, { timeout: '10m' })
  // @ts-expect-error nor the texts of two
  merge.all({ words, byNumber, numbers }, { timeout: '10m' })
  merge.all({ byNumber }, { timeout: '10m' })
  // @ts-expect-error a serde of another type
  merge.all({ words, numbers }, { timeout: '10m', values: { words: long } })

  const counted = merge.all(jobs, { part: job => job.id, expect: job => job.of, timeout: '1h' })
  same<Equal<typeof counted, Stream<string, CountedParts<{ id: string; of: number }>, 'keyed'>>>()
  merge.all(jobs, { part: job => job.id, expect: ['a', 'b'], timeout: '1h' })
  // @ts-expect-error which part is it?
  merge.all(jobs, { expect: 3, timeout: '1h' })
  // @ts-expect-error a part has a name
  merge.all(jobs, { part: job => job.of, expect: 3, timeout: '1h' })

  const branches = words.copy({ long: each => each.map(word => word.length), upper: each => each })
  branches.merge.all({ timeout: '1h' }).map(each => (each.complete ? each.parts.long.toFixed() : ''))
  const merged = branches.merge()
  same<Equal<typeof merged, Stream<string, string | number, 'keyed'>>>()
  // @ts-expect-error a branch is re-keyed
  words.copy({ a: each => each.selectKey(word => word) }).merge.all({ timeout: '1h' })

  const apart = words.copy({ a: each => each, b: each => each.shard({ by: word => word.length, key: long }) })
  // @ts-expect-error the keys of one branch are of another type
  apart.merge.all({ timeout: '1h' })
  // @ts-expect-error nor does a merge bring them together
  apart.merge()
  apart.shard({ by: word => word }).merge.all({ timeout: '1h' })
  words.copy({ a: each => each, b: each => each.shard({ by: () => 'x' as const }) }).merge.all({ timeout: '1h' })
  words.copy({ only: each => each }).merge()
}

export function anyBranches<K, V>(stream: Stream<K, V, 'keyed'>, count: number): Stream<K, V, 'keyed'>[] {
  return [stream.split({ some: () => true }).merge(), stream.copy(3).merge(), stream.copy(count).merge()]
}

export function shards(): void {
  words.shard({ by: word => word, shards: 8, zones: ['a', 'b'], place: (key, count) => key.length % count })
  // @ts-expect-error the shard key is a number
  words.shard({ by: word => word.length, key: long, place: (key: string) => key.length })
  words.split({ a: word => word === 'a' }, { overlap: true }).rest.map(word => word.length)
  // @ts-expect-error yes or no
  words.split({ a: word => word === 'a' }, { overlap: 'yes' })
  void p.start({ log: undefined!, zone: 'a' })
}
