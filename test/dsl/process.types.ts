import { map, mergeMap } from 'rxjs'
import { json, long, pipeline, store, string, topic, versionedStore, type Stream } from '../../dsl/index.js'
import type { ProcessorContext, ValueProcessorContext } from '../../src/processor.js'
import { mockContext } from '../../src/testing/index.js'

// Compiled, never run: what must type-check, and what must not.

const p = pipeline('types')
const words = p.stream(topic('words', { key: string, value: string }))
const numbers = topic('numbers', { key: string, value: long })
const texts = topic('texts', { key: string, value: string })
const counts = p.addStore(store('counts', { key: string, value: long }))
const prices = p.addStore(versionedStore('prices', { key: string, value: json<{ price: number }>(), history: '1h' }))

function same<A>(): <B>(value: B) => [A] extends [B] ? ([B] extends [A] ? true : false) : false {
  return () => undefined as never
}
const yes: true = same<Stream<number, string, 'rekeyed'>>()(words.process<number, string>(() => () => {}))
export { yes }

export function contexts(): void {
  words.process<string, number>(
    context => (value, key, record) => {
      const text: string = value + key + record.topic
      const n: number | undefined = context.store(counts).get(text)
      context.store(counts).put(text, (n ?? 0) + 1)
      const then: { price: number } | undefined = context.store(prices).at(text, 5)
      const put: 'latest' | 'outdated' | 'dropped' = context.store(prices).put(text, then ?? null)
      void put
      // @ts-expect-error: the store holds numbers
      context.store(counts).put(text, 'one')
      // @ts-expect-error: its keys are texts
      context.store(counts).get(1)
      // @ts-expect-error: only a versioned store knows former values
      context.store(counts).at(text, 5)
      // @ts-expect-error: the processor said that it makes numbers
      void context.forward(key, 'text')
      // @ts-expect-error: it has no outputs
      void context.forward(key, 1, { to: 'other' })
      // @ts-expect-error: 'stream-time' or 'wall-clock'
      context.schedule('processing-time', '1s', () => {})
      // @ts-expect-error: not a duration
      context.schedule('wall-clock', 'soon', () => {})
      return context.forward(key, 1)
    },
    { stores: [counts, prices, 'by-name'] },
  )

  // Without types named, a processor forwards nothing.
  words.process(context => (_, key) => {
    // @ts-expect-error: say what it makes: process<string, string>(…)
    void context.forward(key, key)
  })

  // A class or a function with a context of its own types says what comes out.
  words
    .process((context: ProcessorContext<string, number>) => (value, key) => context.forward(key, value.length))
    .to(numbers)
  // @ts-expect-error: numbers do not go to a topic of texts
  words.process((context: ProcessorContext<string, number>) => (value, key) => context.forward(key, 1)).to(texts)
  // @ts-expect-error: a processor of numbers is not one of texts
  words.process<string, string>(() => (value: number) => void value)
}

export function keys(): void {
  const table = p.table(texts)
  words.processValues<number>(context => value => context.forward(value.length)).join(table, n => n)
  // @ts-expect-error: process() gives new keys, which may lie in other partitions
  words.process<string, number>(() => () => {}).join(table, (n: number) => n)
  words.processValues<number>(context => value => {
    // @ts-expect-error: forward() of processValues takes the value alone
    void context.forward('key', value.length)
  })
  words.processValues((context: ValueProcessorContext<number>) => value => context.forward(value.length)).to(numbers)
}

export function outputs(): void {
  const branches = words.process<string, number, 'a' | 'b'>(
    context => (_, key) => {
      void context.forward(key, 1, { to: 'a' })
      // @ts-expect-error: no such output
      void context.forward(key, 1, { to: 'c' })
    },
    { outputs: ['a', 'b'] },
  )
  branches.a.to(numbers)
  branches.merge().to(numbers)
  // @ts-expect-error: no such branch
  branches.c.to(numbers)
}

export function others(): void {
  words.dedupe({ by: value => value.length, within: '1h' }).to(texts)
  // @ts-expect-error: an id is no object
  words.dedupe({ by: value => ({ value }), within: '1h' })
  // @ts-expect-error: within is needed
  words.dedupe({ by: value => value })
  // @ts-expect-error: equal records have to meet: .repartition() first
  words.selectKey(value => value).dedupe({ within: '1h' })
  words.pipe(mergeMap(word => [word.length])).to(numbers)
  // @ts-expect-error: texts come in
  words.pipe(map((n: number) => n))
  // @ts-expect-error: numbers come out
  words.pipe(map(word => word.length)).to(texts)
}

export async function mocks(): Promise<void> {
  const mock = mockContext({ stores: [counts, prices] })
  await mock.start((context: ProcessorContext<string, number>) => (value: string) => context.forward(value, 1))
  const n: number | undefined = mock.store(counts).get('a')
  void n
  // @ts-expect-error: the store holds numbers
  mock.store(counts).put('a', 'one')
}
