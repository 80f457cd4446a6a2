import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipeline } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { Harness } from '../operators/harness.js'
import { routeAll } from '../../src/operators/route-all.js'
import { texts } from './helpers.js'

describe('a split that may overlap', () => {
  it('hands each record to every branch that takes it, and what none takes to the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }), async numbers => {
        const p = pipeline('app')
        const of = { small: (value: string) => Number(value) < 10, even: (value: string) => Number(value) % 2 === 0 }
        const branches = p.stream(texts('in')).split(of, { overlap: true })
        branches.each((stream, name) => stream.map(value => `${name} ${value}`).to(texts('out')))
        await using driver = await testDriver(p)
        for (const n of numbers) await driver.input(texts('in')).send('k', String(n))
        const wanted = numbers.flatMap(n => {
          const taken = [...(n < 10 ? [`small ${n}`] : []), ...(n % 2 === 0 ? [`even ${n}`] : [])]
          return taken.length === 0 ? [`rest ${n}`] : taken
        })
        const found = driver.output(texts('out')).read()
        expect(found.map(({ value }) => value)).toEqual(wanted)
      }),
      { numRuns: 10 },
    )
  })

  it('sends a record nowhere whose predicate fails, though an earlier one took it', () => {
    const harness = new Harness()
    const fails = () => {
      throw new Error('no')
    }
    const process = harness.splitter(routeAll([() => true, fails]), [harness.follow(), harness.follow()])
    void process('k', 1, 5)
    expect([harness.read(), harness.failed()]).toEqual([[], ['no']])
  })

  it('waits for a branch that suspends before it goes on to the next', async () => {
    const harness = new Harness()
    const order: string[] = []
    const slow = async () => {
      await Promise.resolve()
      order.push('slow')
    }
    const process = harness.splitter(routeAll([() => true, () => true]), [slow, () => void order.push('fast')])
    await process('k', 1, 5)
    expect(order).toEqual(['slow', 'fast'])
  })
})

describe('a splitter is refused', () => {
  const stream = () => pipeline('app').stream(texts('in'))

  it('without branches', () => {
    expect(() => stream().split({})).toThrow(/^BAD_ARGUMENT: split\(\) without names .*split\.test\.ts:\d+/)
  })

  it('with a predicate that is none', () => {
    expect(() => stream().split({ a: 'x' as never })).toThrow(/split\(\{ a \}\) needs a function, not string/)
  })

  it('with 0 copies, or 0 shards', () => {
    expect(() => stream().copy(0)).toThrow(/^BAD_ARGUMENT: copy\(0\) needs a whole number above 0 .*split\.test\.ts/)
    expect(() => stream().shard({ by: value => value, shards: 0 })).toThrow(
      /^BAD_ARGUMENT: shard\(\) over 0 partitions .*split\.test\.ts:\d+/,
    )
  })
})
