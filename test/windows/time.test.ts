import { describe, expect, it } from 'vitest'
import { hopping, tumbling, unlimited, type TimeWindows } from '../../dsl/index.js'
import { counts, input, made, run } from './helpers.js'

const counting = (windows: TimeWindows, emit: 'update' | 'final' = 'update') =>
  made(p => p.stream(input).groupByKey().windowedBy(windows).count({ emit, as: 'per-window' }).toStream().to(counts))

describe('tumbling windows', () => {
  it('count each record once, in the window of its time', async () => {
    expect(await run(counting(tumbling(10)), 'a@0, a@9, b@9, a@10, a@25', counts)).toEqual([
      'a[0,10)=1@0',
      'a[0,10)=2@9',
      'b[0,10)=1@9',
      'a[10,20)=1@10',
      'a[20,30)=1@25',
    ])
  })

  it('take late records within the grace, with the largest timestamp, and none after it', async () => {
    expect(await run(counting(tumbling(10, { grace: 5 })), 'a@9, a@14, a@3, a@15, a@4, b@5', counts)).toEqual([
      'a[0,10)=1@9',
      'a[10,20)=1@14',
      'a[0,10)=2@9',
      'a[10,20)=2@15',
    ])
  })

  it('final: tell each window once, when end and grace are behind stream time', async () => {
    expect(await run(counting(tumbling(10, { grace: 5 }), 'final'), 'b@1, a@9, a@2, a@14, c@15, c@40', counts)).toEqual(
      ['a[0,10)=2@9', 'b[0,10)=1@1', 'a[10,20)=1@14', 'c[10,20)=1@15'],
    )
  })
})

describe('hopping windows', () => {
  it('count each record in every window that holds it, the earliest first', async () => {
    expect(await run(counting(hopping(10, 4)), 'a@1, a@9, a@12', counts)).toEqual([
      'a[0,10)=1@1',
      'a[0,10)=2@9',
      'a[4,14)=1@9',
      'a[8,18)=1@9',
      'a[4,14)=2@12',
      'a[8,18)=2@12',
      'a[12,22)=1@12',
    ])
  })
})

describe('one window without an end', () => {
  it('counts everything from its start on', async () => {
    const end = Number.MAX_SAFE_INTEGER
    expect(await run(counting(unlimited({ start: 5 })), 'a@5, a@1000, a@4, a@7', counts)).toEqual([
      `a[5,${end})=1@5`,
      `a[5,${end})=2@1000`,
      `a[5,${end})=3@1000`,
    ])
  })
})
