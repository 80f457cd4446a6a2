import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { changelogOf, type Layer } from '../../bench/ceilings/layers/layer.js'
import { digestOf } from '../../bench/harness/datasets.js'
import { fillTopic, outputOfTopic } from '../../bench/harness/embedded-log.js'
import { program } from '../../bench/suites/ceilings.js'
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
