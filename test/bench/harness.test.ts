import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compare, outputOf } from '../../bench/harness/check.js'
import { digest } from '../../bench/harness/digest.js'
import { foldRecords } from '../../bench/harness/fold.js'
import { openBench } from '../../bench/harness/open-bench.js'
import { benchOptions } from '../../bench/harness/options.js'
import { withHeadlines } from '../../bench/harness/publish.js'
import { figure } from '../../bench/harness/result.js'
import { random } from '../../bench/harness/random.js'
import { markdown } from '../../bench/harness/markdown.js'
import { draw, readResult, storeResult } from '../../bench/harness/store-result.js'
import { smallest } from '../../bench/suites/heap.js'
import { throughputResult } from '../../bench/suites/throughput.js'
import { rate, watch } from '../../bench/harness/samples.js'
import { median } from '../../bench/harness/statistics.js'
import { auctions, bids, persons } from '../../bench/workloads/nexmark/events.js'
import { countPerKey } from '../../bench/workloads/count.js'
import type { Entry } from '../../bench/harness/workload.js'
import type { Measured } from '../../bench/harness/engine.js'
import type { Measurement } from '../../bench/harness/measure.js'
import type { Result, Row } from '../../bench/harness/result.js'

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
    brokerCpuSecondsPerMillion: 1,
    coresBusy: 1,
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
    expect(markdown(both)).toContain('| sluice | 200 (100 – 300) | 2.00 | 100 | 1.0 | 5.0 | 1.0 | 1.0 | 128 | 1.00 |')
    expect(draw(both)).toContain('200 (2.00 ×)')
    expect(draw(both)).toContain('records per second, median')
  })

  it('has no ratio without the peer, and says nothing of what was not measured', () => {
    const alone = markdown(result(measured('sluice', NaN)))
    expect(alone).toContain('| sluice | 1.0 |')
    expect(alone).not.toContain('kafka-streams')
  })

  it('replaces its own rows of an earlier run, unless that was on another machine or of something else', async () => {
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
    await storeResult(directory, result(measured('sluice', 6), measured('kafka-streams', 2)))
    await storeResult(directory, { ...result(measured('sluice', 7)), title: 'of another workload' })
    expect(await rates()).toEqual([['sluice', 7]])
    await rm(directory, { recursive: true })
  })

  it('tells of rows that it did not measure again, in their order', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-results-'))
    const of = (...ours: string[]): Result => ({
      ...result(...ours.map(name => measured(name, 1))),
      headline: { column: 'rate', pairs: ours.map(name => ({ ours: name, peer: 'kafka-streams' })) },
    })
    await storeResult(directory, of('a', 'b', 'c'))
    await storeResult(directory, of('c', 'a'))
    const { headline } = (await readResult(directory, 'count'))!
    expect(headline.pairs.map(({ ours }) => ours)).toEqual(['a', 'b', 'c'])
    await rm(directory, { recursive: true })
  })

  it('is told in the README, in its place, with the command that gives it', () => {
    const readme = '# X\n\n<!-- speed: written by npm run bench -->\nold\n<!-- /speed -->\n\nrest\n'
    const both = result(measured('sluice', 300), measured('kafka-streams', 100))
    const told = withHeadlines(readme, [both])
    expect(told).toContain('| 300 | 100 | records/s | 3.00 | `npm run bench -- count` |')
    expect(told).not.toContain('old')
    expect(told.endsWith('<!-- /speed -->\n\nrest\n')).toBe(true)
    expect(withHeadlines(told, [both])).toBe(told)
    expect(() => withHeadlines('# X', [both])).toThrow('no lines')
  })

  it('of a sweep is drawn as lines, one panel for each thing that grows', () => {
    const row = (series: string, x: number, y: number): Row => {
      const figures = { cost: figure([y]) }
      return { id: `${series} ${x}`, label: `${series} ${x}`, note: '', series, x, date: '2026-01-01', figures }
    }
    const sweep: Result = {
      ...result(measured('sluice', 1)),
      rows: [row('keys', 1000, 2), row('keys', 1, 1), row('threads', 1, 5)],
      chart: { kind: 'lines', columns: [{ id: 'cost', title: 'cost' }] },
    }
    const drawn = draw(sweep)!
    expect(drawn).toContain('cost by keys')
    expect(drawn).toContain('cost by threads')
    expect(drawn.match(/<circle/g)).toHaveLength(3)
    expect(drawn).toContain('>1 k<')
  })
})

it('a Kafka that is not there is told, once', async () => {
  const bench = await openBench(benchOptions(['--brokers', '127.0.0.1:1']), [])
  await expect(bench.cluster()).rejects.toThrow('ECONNREFUSED')
  await bench[Symbol.asyncDispose]()
}, 30_000)

it('the charts of the results have room for their titles', async () => {
  const results = fileURLToPath(new URL('../../bench/results/', import.meta.url))
  for (const name of (await readdir(results)).filter(file => file.endsWith('.svg'))) {
    const picture = await readFile(join(results, name), 'utf8')
    const [, width, title] = /viewBox="0 0 (\d+) .*<title>(.*)<\/title>/s.exec(picture)!
    // Of a font of 15 pixels a letter is about 8 wide.
    expect([name, title!.length * 8 <= Number(width)]).toEqual([name, true])
  }
})

it('the smallest size that will do is found by halving', async () => {
  const asked: number[] = []
  const willDo = (least: number) => async (size: number) => asked.push(size) > 0 && size >= least
  expect(await smallest([1, 2, 4, 8, 16, 32, 64], willDo(8))).toBe(8)
  expect(asked).toHaveLength(3)
  expect(await smallest([1, 2], willDo(1))).toBe(1)
  expect(await smallest([1, 2], willDo(3))).toBeUndefined()
})

describe('the Nexmark generator', () => {
  it('gives the same events every time, in the order of time, each at its own', () => {
    expect([...bids(200)]).toEqual([...bids(300)].slice(0, 200))
    const times = [...bids(460), ...auctions(30), ...persons(10)].map(({ dateTime }) => dateTime)
    expect(new Set(times).size).toBe(500)
    expect(Math.max(...times) - Math.min(...times)).toBe(499)
  })

  it('speaks of auctions and sellers that exist, but for a few that are to come', () => {
    const people = new Set([...persons(200)].map(({ id }) => id))
    const sold = [...auctions(500)]
    expect(sold.filter(({ seller }) => !people.has(seller))).toHaveLength(0)
    const items = new Set(sold.map(({ id }) => id))
    const unknown = [...bids(7000)].filter(({ auction }) => !items.has(auction))
    expect(unknown.length).toBeLessThan(7000 * 0.05)
    expect(sold.every(({ expires, dateTime, reserve, initialBid }) => expires > dateTime && reserve > initialBid)).toBe(
      true,
    )
  })

  it('makes events of about the sizes of the original', () => {
    const average = (all: Iterable<object>): number => {
      const sizes = Array.from(all, one => JSON.stringify(one).length)
      return sizes.reduce((a, b) => a + b) / sizes.length
    }
    expect(average(bids(2000))).toBeGreaterThan(200)
    expect(average(auctions(500))).toBeGreaterThan(500)
    expect(average(auctions(500))).toBeLessThan(700)
  })
})
