import { describe, expect, it } from 'vitest'
import { hopping, json, pipeline, session, sliding, tumbling, unlimited, type TimeWindows } from '../../dsl/index.js'
import { firstStart, lastStart } from '../../src/operators/windows/definitions.js'
import { input, made } from './helpers.js'

const here = /definitions\.test\.ts:\d+/

describe('windows that cannot be', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a size of 0', () => tumbling(0), /BAD_ARGUMENT: tumbling\(\): a size of 0/],
    ['a negative size', () => tumbling(-1), /BAD_DURATION: tumbling\(\): size -1/],
    ['a size that is no duration', () => tumbling('1 minute' as never), /BAD_DURATION/],
    ['a step above the size', () => hopping('1m', '2m'), /leaves gaps/],
    ['a step of 0', () => hopping('1m', 0), /a step of 0/],
    ['a negative difference', () => sliding(-5), /BAD_DURATION: sliding\(\)/],
    ['a gap of 0', () => session(0), /session\(\): a gap of 0/],
    ['a negative grace', () => session(5, { grace: -1 }), /BAD_DURATION: session\(\): grace/],
    ['a start that is no time', () => unlimited({ start: -1 }), /unlimited\(\{ start: -1 \}\)/],
    ['windows of another kind', () => grouped().windowedBy({ kind: 'days' } as never), /windowedBy\(\) needs windows/],
    [
      'grace above the retention',
      () =>
        grouped()
          .windowedBy(tumbling('1m', { grace: '1h' }))
          .count({ retention: '30m' }),
      /retention of 1800000 ms, where windows and their grace take 3660000 ms/,
    ],
    [
      'final results of one without an end',
      () => grouped().windowedBy(unlimited()).count({ emit: 'final' }),
      /never closes/,
    ],
    [
      'suppressed until one without an end closes',
      () => grouped().windowedBy(unlimited()).count().suppress({ until: 'window-closes' }),
      /never closes/,
    ],
    ['a negative grace of one without an end', () => unlimited({ grace: -1 }), /BAD_DURATION: unlimited\(\): grace/],
    [
      'an unknown emit',
      () =>
        grouped()
          .windowedBy(tumbling(1))
          .count({ emit: 'once' as never }),
      /emit: 'once' is not known/,
    ],
    [
      'sessions of a type without a merger',
      () =>
        grouped()
          .windowedBy(session(1))
          .aggregate(
            () => 0,
            sum => sum,
            {} as never,
          ),
      /merger.*needs a function/,
    ],
    ['a sliding difference of 0 is none of them', () => wrongOnPurpose(sliding(0)), /fine/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
    if (!String(message).includes('fine')) expect(make).toThrow(here)
  })

  it('a name used twice, with both lines', () => {
    const p = made(each => {
      const windows = each.stream(input).groupByKey().windowedBy(tumbling(10))
      windows.count()
      windows.count()
      windows.late().forEach(() => {})
    })
    expect(() => p.lower()).toThrow()
    const q = made(each => {
      const windows = each.stream(input).groupByKey().windowedBy(tumbling(10))
      windows.count({ as: 'same' })
      windows.count({ as: 'same' })
    })
    expect(() => q.lower()).toThrow(
      /two stores would have the name "same".*definitions\.test\.ts.*definitions\.test\.ts/s,
    )
  })
})

it.each([tumbling('1m'), session('1m')])('reduce takes the serde that the grouping names: %o', windows => {
  const value = json<{ text: string }>()
  const p = pipeline('app')
  p.stream(input)
    .map(text => ({ text }))
    .groupBy(({ text }) => text, { value })
    .windowedBy(windows as TimeWindows)
    .reduce(first => first, { as: 'firsts' })
  expect(p.describe().toJSON().serdes).toContainEqual(
    expect.objectContaining({ at: 'store firsts', part: 'value', why: 'groupBy({ value })' }),
  )
})

describe('windows of one size', () => {
  it('are those of Kafka Streams', () => {
    const windows = hopping(10, 4)
    const starts = (time: number) => {
      const found: number[] = []
      for (let start = firstStart(windows, time); start <= time; start += 4) found.push(start)
      return found
    }
    expect([0, 3, 4, 9, 10, 11, 14].map(starts)).toEqual([[0], [0], [0, 4], [0, 4, 8], [4, 8], [4, 8], [8, 12]])
    expect([0, 3, 4, 15].map(time => lastStart(windows, time))).toEqual([0, 0, 4, 12])
    expect(firstStart(unlimited({ start: new Date(7), grace: '1m' }), 100)).toBe(7)
  })
})

function grouped() {
  let made_: ReturnType<typeof groupedOf> | undefined
  made(p => {
    made_ = groupedOf(p)
  })
  return made_!
}

function groupedOf(p: Parameters<Parameters<typeof made>[0]>[0]) {
  return p.stream(input).groupByKey()
}

function wrongOnPurpose(windows: { readonly difference: number }): never {
  throw new Error(`fine: ${windows.difference}`)
}
