import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { expect, it } from 'vitest'
import { digestOf } from '../../bench/harness/datasets.js'
import { createTopic, fill } from '../../bench/harness/embedded-log.js'
import { program } from '../../bench/suites/ceilings.js'
import { countPerKey } from '../../bench/workloads/count.js'

it('the plain fused loop counts what the count is expected to', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-ceiling-'))
  const workload = countPerKey('count', 1000)
  const [input] = workload.inputs
  await fill(directory, input!.name, workload.partitions, input!.records(20_000))
  await createTopic(directory, 'output', workload.partitions)
  const said = await program('fused-loop', {
    directory,
    brokers: [],
    input: input!.name,
    output: 'output',
    partitions: workload.partitions,
    records: 20_000,
    warmUp: 10_000,
  })
  expect(said['digest']).toEqual(digestOf(workload, 20_000))
  expect(said['rate']).toBeGreaterThan(0)
  await rm(directory, { recursive: true })
})

it('LevelDB by itself takes in a state', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-ceiling-'))
  const rest = { brokers: [], input: '', output: '', partitions: 4, warmUp: 0 }
  const said = await program('take-in', { ...rest, directory, records: 50_001 })
  expect(said['seconds']).toBeGreaterThan(0)
  let entries = 0
  for (const partition of [0, 1, 2, 3]) {
    const db = new Level(join(directory, String(partition)))
    for await (const [key] of db.iterator()) expect(Number(key.slice(-8)) % 4, (entries++, key)).toBe(partition)
    await db.close()
  }
  expect(entries).toBe(50_001)
  await rm(directory, { recursive: true })
})

it('LevelDB by itself puts and finds', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-ceiling-'))
  const rest = { brokers: [], input: '', output: '', partitions: 1, warmUp: 0 }
  const said = await program('level', { ...rest, directory, records: 20_000 })
  expect(said['rate']).toBeGreaterThan(0)
  expect(said['gets']).toBeGreaterThan(0)
  await rm(directory, { recursive: true })
})
