import { join } from 'node:path'
import { describe as group, expect, it } from 'vitest'
import { describeKafka } from '../kafka/shared.js'
import { directly, scratch, sluice } from './shell.js'

const fixtures = join(import.meta.dirname, 'fixtures')
const upper = join(fixtures, 'upper.ts')
const state = await scratch()

describeKafka('sluice run --threads', kafka => {
  it('runs a TypeScript module in several threads', async () => {
    const at = ['--brokers', kafka.brokers.join(',')]
    const [input, output] = [kafka.name('lines'), kafka.name('upper')]
    process.env['INPUT'] = input
    process.env['OUTPUT'] = output
    await directly(['topics', 'create', input, output, '--partitions', '4', ...at])
    await directly(['produce', input, ...at], 'a\tone\nb\ttwo\nc\tthree\nd\tfour\n')
    const run = await sluice(['run', upper, '--until-drained', '--threads', '2', '--state-dir', state, ...at])
    expect(run.err).toMatch(/runs on .*\nstopped after 4 records and \d+ commits\n$/)
    expect(run.code).toBe(0)
    const out = await directly(['consume', output, '--from-beginning', '--until-end', ...at])
    expect(out.split('\n').slice(0, -1).toSorted()).toEqual(['a\tONE', 'b\tTWO', 'c\tTHREE', 'd\tFOUR'])
  })
})

group('sluice run --threads', () => {
  const run = (...args: string[]) => sluice(['run', ...args])

  it('says what a pipeline needs for that', async () => {
    const plain = await run(join(fixtures, 'plain.mjs'), '--threads', '2', '--brokers', '127.0.0.1:1')
    expect(plain.err).toMatch(/^BAD_TOPOLOGY: .*\n.*module: import\.meta\.url/)
    expect(plain.code).toBe(1)
    const local = await run(upper, '--threads', '2', '--log', join(state, 'log'))
    expect(local.err).toMatch(/^UNSUPPORTED: .*embedded log has one owner/)
  })

  it('takes a number of standbys, which the embedded log refuses', async () => {
    const { code, err } = await run(upper, '--standbys', 'some')
    expect(err).toMatch(/--standbys takes a whole number/)
    expect(code).toBe(2)
    const local = await run(upper, '--standbys', '1', '--log', join(state, 'log'))
    expect(local.err).toMatch(/^UNSUPPORTED: .*no other instance can keep standbys/)
    expect(local.code).toBe(1)
  })

  it('takes a number', async () => {
    const { code, err } = await run(upper, '--threads', 'two')
    expect(err).toMatch(/--threads takes a whole number of at least 1/)
    expect(code).toBe(2)
  })
})
