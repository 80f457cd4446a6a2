import { describe, expect, it } from 'vitest'
import { pipeline, type MergeOptions, type Pipeline } from '../../dsl/index.js'
import { logWith, read, texts, write, type Row } from './helpers.js'

const rows = (name: string, count: number, from: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ topic: name, key: 'k', value: `${name}${i}`, timestamp: from + i }))

/** What comes out when everything is there before the pipeline starts. */
async function outputOf(p: Pipeline, input: readonly Row[]): Promise<(string | null)[]> {
  const log = await logWith(['a', 'b', 'c', 'out'])
  await write(log, input)
  const app = await p.start({ log })
  await app.drained()
  await app.close()
  const values = (await read(log, 'out')).map(({ value }) => value)
  await log.close()
  return values
}

const from = (values: readonly (string | null)[], name: string) => values.filter(value => value!.startsWith(name))

function merging(options?: MergeOptions): Pipeline {
  const p = pipeline('merging')
  const [a, b, c] = ['a', 'b', 'c'].map(name => p.stream(texts(name)))
  const merged = options === undefined ? a!.merge(b!, c!) : a!.merge(b!, c!, options)
  merged.to(texts('out'))
  return p
}

describe('a merge', () => {
  // The records of a are the oldest, those of c the newest.
  const input = [...rows('a', 40, 0), ...rows('b', 40, 1000), ...rows('c', 40, 2000)]
  const inOrder = (name: string) => rows(name, 40, 0).map(({ value }) => value)

  it('takes the oldest record first', async () => {
    expect(await outputOf(merging(), input)).toEqual([...inOrder('a'), ...inOrder('b'), ...inOrder('c')])
  })

  it('takes turns where it is fair, and keeps the order of each stream', async () => {
    const values = await outputOf(merging({ fair: true }), input)
    for (const name of ['a', 'b', 'c']) {
      expect(from(values.slice(0, 30), name)).toHaveLength(10)
      expect(from(values, name)).toEqual(inOrder(name))
    }
  })

  it('takes turns by weight', async () => {
    const values = await outputOf(merging({ weights: [3, 1, 1] }), input)
    expect(['a', 'b', 'c'].map(name => from(values.slice(0, 50), name).length)).toEqual([30, 10, 10])
    for (const name of ['a', 'b', 'c']) expect(from(values, name)).toEqual(inOrder(name))
  })

  it('gives the turns of an empty stream to the others', async () => {
    const values = await outputOf(
      merging({ weights: [8, 1, 1] }),
      input.filter(row => row.topic !== 'a'),
    )
    expect(['b', 'c'].map(name => from(values.slice(0, 20), name).length)).toEqual([10, 10])
  })

  it('takes turns among a list of streams, and gives one stream all of them', async () => {
    for (const others of [['b', 'c'], []]) {
      const p = pipeline('listed')
      p.stream(texts('a'))
        .merge(...others.map(name => p.stream(texts(name))), { fair: true })
        .to(texts('out'))
      const of = ['a', ...others]
      const values = await outputOf(
        p,
        input.filter(({ topic }) => of.includes(topic)),
      )
      for (const name of of) {
        expect(from(values.slice(0, 30), name)).toHaveLength(30 / of.length)
        expect(from(values, name)).toEqual(inOrder(name))
      }
    }
  })

  it('takes turns behind a repartition, while what stands apart goes by time', async () => {
    const p = pipeline('merging')
    const a = p.stream(texts('a')).repartition({ as: 'again' })
    a.merge(p.stream(texts('b')), { fair: true }).to(texts('out'))
    expect(p.lower().choices).toMatchObject([
      { inputs: [{ sources: ['again-repartition'] }, { sources: ['b'] }], operator: 'again-b.merge' },
    ])
    const values = await outputOf(p, input)
    for (const name of ['a', 'b']) expect(from(values, name)).toEqual(inOrder(name))
  })
})

describe('a merge by turns is refused', () => {
  const p = () => pipeline('merging')

  it.each<[string, MergeOptions]>([
    ['too few weights', { weights: [1] }],
    ['a weight of 0', { weights: [1, 0] }],
    ['turns both even and by weight', { fair: true, weights: [1, 2] } as never],
    ['a weight that is no number', { weights: [1, Number.NaN] }],
    ['nothing that it knows', {} as MergeOptions],
    ['fair: false', { fair: false } as never],
  ])('with %s', (_, options) => {
    const pipe = p()
    expect(() => pipe.stream(texts('a')).merge(pipe.stream(texts('b')), options)).toThrow(
      /^BAD_ARGUMENT: merge\(\) of 2 streams .*merge\.test\.ts:\d+/,
    )
  })

  it('where a join needs the order of time', async () => {
    const pipe = p()
    pipe
      .stream(texts('a'))
      .merge(pipe.stream(texts('b')), { fair: true })
      .join(pipe.table(texts('c')), (value, other) => value + other)
      .to(texts('out'))
    expect(() => pipe.lower()).toThrow(/also lead to join\(\), which needs them in the order of time .*merge\.test\.ts/)
    const apart = p()
    apart
      .stream(texts('a'))
      .merge(apart.stream(texts('b')), { fair: true })
      .repartition()
      .join(apart.table(texts('c')), (value, other) => value + other)
      .to(texts('out'))
    expect(apart.lower().choices).toHaveLength(1)
  })

  it('of streams of one topic', () => {
    const pipe = p()
    const a = pipe.stream(texts('a'))
    a.merge(
      a.filter(() => true),
      { fair: true },
    ).to(texts('out'))
    expect(() => pipe.lower()).toThrow(/a merge by turns has several streams that come from "a"/)
  })

  it('where two of them share a topic', () => {
    const pipe = p()
    const [a, b, c] = ['a', 'b', 'c'].map(name => pipe.stream(texts(name)))
    a!.merge(b!, { fair: true }).to(texts('out'))
    c!.merge(b!, { fair: true }).to(texts('out'))
    expect(() => pipe.lower()).toThrow(/"b" would go by the turns of two merges/)
  })
})
