import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, outputOf } from '../../bench/harness/check.js'
import { digest } from '../../bench/harness/digest.js'
import { foldRecords } from '../../bench/harness/fold.js'
import { benchOptions } from '../../bench/harness/options.js'
import { random } from '../../bench/harness/random.js'
import { markdown } from '../../bench/harness/markdown.js'
import { draw, readResult, storeResult } from '../../bench/harness/store-result.js'
import { throughputResult } from '../../bench/suites/throughput.js'
import { rate, watch } from '../../bench/harness/samples.js'
import { median } from '../../bench/harness/statistics.js'
import { countPerKey } from '../../bench/workloads/count.js'
import type { Entry } from '../../bench/harness/workload.js'
import type { Measured } from '../../bench/harness/engine.js'
import type { Measurement } from '../../bench/harness/measure.js'
import type { Result } from '../../bench/harness/result.js'

const machine = { cores: 2, processor: 'a processor', memoryGiB: 8, system: 'linux x64', node: '20', java: '17' }

describe('rates', () => {
  const samples = [
    { at: 100, committed: 0 },
    { at: 1100, committed: 1000 },
    { at: 2100, committed: 6000 },
    { at: 4100, committed: 20_000 },
  ].map(sample => ({ ...sample, inputs: sample.committed, done: sample.committed === 20_000 }))

  it('count from the first sample after the warm-up to the last', () => {
    expect(rate(samples, 0.3, 20_000)).toBe(7000)
    expect(rate(samples, 0.25, 20_000)).toBe(7000)
    expect(rate(samples, 0, 20_000)).toBeCloseTo(19_000 / 3)
  })

  it('take what lies in topics in between as a part of the work', () => {
    expect(rate(samples, 0.3, 10_000)).toBe(3500)
  })

  it('are not made up where there is nothing to measure', () => {
    expect(rate(samples, 1, 20_000)).toBeNaN()
    expect(rate([], 0, 0)).toBeNaN()
  })

  it('are watched until everything is committed, or for so long', async () => {
    let committed = 0
    const look = async () => ({ at: committed, committed: (committed += 1), inputs: committed, done: committed === 3 })
    expect(await watch(look, 60_000)).toHaveLength(3)
    const never = async () => ({ at: 0, committed: 2, inputs: 2, done: false })
    await expect(watch(never, 1)).rejects.toThrow('1 ms were not enough: 2 records')
  })
})

it('the median of an even number of rounds lies between the middle two', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeNaN()
})

describe('the count workload', () => {
  const workload = countPerKey('count', 1000)
  const records = (count: number) => [...workload.inputs[0]!.records(count)]

  it('makes the same records every time, of about 120 bytes', () => {
    const [first, second] = [1, 2].map(() => records(500))
    expect(second).toEqual(first)
    const bytes = first!.reduce((sum, { value }) => sum + value.length, 0) / 500
    expect(bytes).toBeGreaterThan(100)
    expect(bytes).toBeLessThan(140)
  })

  it('expects what a loop over its records counts', () => {
    const counts = new Map<string, string>()
    for (const { key, value } of records(5000)) {
      if (JSON.parse(String(value)).status !== 'completed') continue
      counts.set(key!, String(Number(counts.get(key!) ?? 0) + 1))
    }
    expect(counts.size).toBeGreaterThan(900)
    expect(new Map(workload.expected(5000))).toEqual(counts)
  })
})

describe('outputs', () => {
  const expected: Entry[] = [
    ['a', '1'],
    ['b', '2'],
  ]
  const check = (...entries: Entry[]) =>
    compare('x', outputOf(entries.length, entries), digest(expected), () => expected)

  it('are right in any order', async () => {
    await check(['b', '2'], ['a', '1'])
  })

  it('are refused when they lack an entry, have one too many, one twice, or a wrong one', async () => {
    await expect(check(['a', '1'])).rejects.toThrow('missing: b: 2')
    await expect(check(['a', '1'], ['b', '3'])).rejects.toThrow('not expected: b: 3')
    await expect(check(['a', '1'], ['b', '2'], ['c', '1'])).rejects.toThrow('not expected: c: 1')
    await expect(check(['a', '1'], ['a', '1'], ['b', '2'])).rejects.toThrow('3 entries instead of 2')
  })

  it('are folded to the last values, or to their sums up to an at sign', () => {
    const records = [
      ['a@1', '1'],
      ['a@1', '2'],
      ['a@2', '5'],
      ['b@1', '3'],
      ['b@1', null],
    ] as const
    expect(foldRecords('all', records)).toHaveLength(5)
    expect(foldRecords('last', records)).toEqual([
      ['a@1', '2'],
      ['a@2', '5'],
    ])
    expect(foldRecords('sum', records)).toEqual([['a', '7']])
  })
})

it('random numbers follow from the seed and fill the interval', () => {
  const draw = random(1)
  const numbers = Array.from({ length: 10_000 }, draw)
  const again = random(1)
  expect(numbers.slice(0, 5)).toEqual(Array.from({ length: 5 }, again))
  expect(Math.min(...numbers)).toBeLessThan(0.01)
  expect(Math.max(...numbers)).toBeLessThan(1)
  expect(Math.abs(numbers.reduce((a, b) => a + b) / 10_000 - 0.5)).toBeLessThan(0.02)
})

describe('options', () => {
  it('take numbers with k and m', () => {
    const options = benchOptions([
      'count',
      '--records',
      '200k',
      '--warm-up',
      '1.5m',
      '--rounds',
      '2',
      '--engines',
      'a,b',
    ])
    expect(options).toMatchObject({
      names: ['count'],
      records: 200_000,
      warmUp: 1_500_000,
      rounds: 2,
      engines: ['a', 'b'],
    })
  })

  it('refuse what is no number and what they do not know', () => {
    expect(() => benchOptions(['--records', 'many'])).toThrow('"many" is not a number')
    expect(() => benchOptions(['--rounds', '0'])).toThrow('"0" is not a number from 1 on')
    expect(() => benchOptions(['--fast'])).toThrow('--fast')
  })
})

describe('a result', () => {
  const round = (perSecond: number): Measured => ({
    rate: perSecond,
    wholeRate: perSecond / 2,
    startSeconds: 1,
    cpuSecondsPerMillion: 5,
    peakMiB: 128,
  })
  const measured = (name: string, ...rates: number[]): Measurement => ({
    engine: {
      name,
      onKafka: true,
      share: 1,
      settings: 'as it comes',
      command: () => Promise.reject(new Error('not run here')),
    },
    records: 40,
    warmUp: 30,
    rounds: rates.map(round),
  })
  const result = (...measurements: Measurement[]): Result =>
    throughputResult(countPerKey('count', 10), machine, measurements)

  it('compares medians with the peer', () => {
    const both = result(measured('sluice', 300, 100, 200), measured('kafka-streams', 100, 110, 90))
    expect(markdown(both)).toContain('| sluice | 200 (100 – 300) | 2.00 | 100 | 1.0 | 5.0 | 128 | 1.00 |')
    expect(draw(both)).toContain('200 (2.00 ×)')
    expect(draw(both)).toContain('records per second, median')
  })

  it('has no ratio without the peer, and says nothing of what was not measured', () => {
    const alone = markdown(result(measured('sluice', NaN)))
    expect(alone).toContain('| sluice | 1.0 |')
    expect(alone).not.toContain('kafka-streams')
  })

  it('replaces its own rows of an earlier run, unless that was on another machine', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-results-'))
    await storeResult(directory, result(measured('sluice', 1), measured('kafka-streams', 2)))
    await storeResult(directory, result(measured('kafkajs', 3), measured('sluice', 4)))
    const rates = async (): Promise<unknown> =>
      (await readResult(directory, 'count'))!.rows.map(({ id, figures }) => [id, figures['rate']?.median])
    expect(await rates()).toEqual([
      ['sluice', 4],
      ['kafka-streams', 2],
      ['kafkajs', 3],
    ])
    expect(await readFile(join(directory, 'count.svg'), 'utf8')).toContain('kafkajs')
    await storeResult(directory, { ...result(measured('sluice', 5)), machine: { ...machine, cores: 64 } })
    expect(await rates()).toEqual([['sluice', 5]])
    await rm(directory, { recursive: true })
  })
})
