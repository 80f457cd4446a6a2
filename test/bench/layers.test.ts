import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { changelogOf, type Layer } from '../../bench/ceilings/layers/layer.js'
import { digestOf } from '../../bench/harness/datasets.js'
import { fillTopic, outputOfTopic } from '../../bench/harness/embedded-log.js'
import { program } from '../../bench/suites/ceilings.js'
import { layersResult } from '../../bench/suites/layers-result.js'
import { countPerKey } from '../../bench/workloads/count.js'
import { stateless } from '../../bench/workloads/stateless.js'
import { kafka as kafkaLog } from '../../src/log/kafka/kafka.js'
import { describeKafka } from '../kafka/shared.js'

const records = 20_000

describeKafka('a plain loop, at its last layer', kafka => {
  it.each([
    ['stateless', stateless],
    ['count', countPerKey('count', 1000)],
  ] as const)('writes what %s writes', async (work, workload) => {
    const { brokers } = kafka
    const { partitions, inputs } = workload
    const [input, output] = [kafka.name('jobs'), kafka.name('output')]
    const log = await kafkaLog({ brokers }).open()
    await fillTopic(log, input, partitions, inputs[0]!.records(records))
    const written = work === 'count' ? [output, changelogOf(output)] : [output]
    await log.topics.create(written.map(name => ({ name, partitions, config: { 'retention.ms': '-1' } })))
    const directory = await mkdtemp(join(tmpdir(), 'sluice-layers-'))
    const last = { work, layer: 'transactions', records, warmUp: 5_000 } as const
    const layer: Layer = { ...last, directory, brokers, input, output, partitions }
    const said = await program('layers/main', layer)
    expect(said['rate']).toBeGreaterThan(0)
    expect(said['cpu']).toBeGreaterThan(0)
    for (const topic of written) {
      // The marks that end the last transaction reach the partitions after its commit is answered.
      const found = async () => (await outputOfTopic(log, topic, workload)).digest
      await expect.poll(found, { timeout: 30_000 }).toEqual(digestOf(workload, records))
    }
    await log.close()
    await rm(directory, { recursive: true })
  })
})

it('a layer is held against the one above it, and Sluice against each', () => {
  const machine = { cores: 1, processor: '', memoryGiB: 1, system: '', node: '', java: '' }
  const both = ['stateless', 'count'] as const
  const result = layersResult(
    machine,
    [
      { id: 'fetch', label: 'fetch', above: undefined, of: both },
      { id: 'filter', label: 'filter', above: 'fetch', of: both },
      { id: 'sluice stateless', label: 'sluice, stateless', above: 'filter', of: ['stateless'] },
      { id: 'sluice count', label: 'sluice, count', above: 'filter', of: ['count'] },
    ],
    new Map([
      ['fetch', [{ wall: 0.5, cpu: 1 }]],
      ['filter', [1, 2, 9].map(wall => ({ wall, cpu: 2 }))],
      ['sluice stateless', [{ wall: 4, cpu: 4 }]],
      ['sluice count', [{ wall: 8, cpu: 10 }]],
    ]),
  )
  const shown = result.rows.map(({ figures }) =>
    Object.fromEntries(Object.entries(figures).map(([id, { median }]) => [id, median])),
  )
  expect(shown).toEqual([
    { wall: 0.5, cpu: 1, stateless: 0.125, count: 0.0625 },
    { wall: 2, cpu: 2, moreWall: 1.5, moreCpu: 1, stateless: 0.5, count: 0.25 },
    { wall: 4, cpu: 4, moreWall: 2, moreCpu: 2, stateless: 1 },
    { wall: 8, cpu: 10, moreWall: 6, moreCpu: 8, count: 1 },
  ])
  expect(result.notes[1]).toMatch(/alone do 500,000 records\/s: .* stateless 50 %, count 25 %/)
})
