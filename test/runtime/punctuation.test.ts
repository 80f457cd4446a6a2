import { describe, expect, it } from 'vitest'
import { Punctuations } from '../../src/runtime/punctuation.js'

describe('Punctuations', () => {
  it('calls when due, once for a jump over several intervals, and keeps to its grid', () => {
    const calls: number[] = []
    const timers = new Punctuations()
    timers.add(0, 10, time => void calls.push(time))
    for (const time of [0, 5, 9, 10, 34, 39, 40]) void timers.fire(time)
    expect(calls).toEqual([0, 10, 34, 40])
    expect(timers.next).toBe(50)
  })

  it('calls the earliest first, and none that was cancelled', () => {
    const calls: string[] = []
    const timers = new Punctuations()
    timers.add(20, 5, () => void calls.push('late'))
    timers.add(10, 100, () => void calls.push('early'))
    timers.add(10, 1, () => void calls.push('never'))()
    void timers.fire(20)
    expect(calls).toEqual(['early', 'late'])
  })

  it('calls once what is to be called once, in order with the others', () => {
    const calls: string[] = []
    const timers = new Punctuations()
    timers.add(10, 10, () => void calls.push('each'))
    timers.once(15, () => void calls.push('once'))
    timers.once(5, () => void calls.push('never'))()
    for (const time of [9, 20, 30]) void timers.fire(time)
    expect(calls).toEqual(['each', 'once', 'each'])
    expect(timers.next).toBe(40)
  })

  it('leaves what is added during a call, and is due already, to the next time', () => {
    const calls: string[] = []
    const timers = new Punctuations()
    const again = () => {
      calls.push('again')
      timers.once(0, again)
    }
    timers.once(0, again)
    void timers.fire(1)
    expect(calls).toEqual(['again'])
    expect(timers.next).toBe(0)
    void timers.fire(1)
    expect(calls).toEqual(['again', 'again'])
  })

  it('goes on after a call that suspends', async () => {
    const calls: string[] = []
    const timers = new Punctuations()
    timers.add(1, 10, async () => {
      await Promise.resolve()
      calls.push('first')
    })
    timers.add(2, 10, () => void calls.push('second'))
    await timers.fire(5)
    expect(calls).toEqual(['first', 'second'])
  })
})
