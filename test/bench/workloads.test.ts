import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedded, type Pipeline } from 'sluice'
import { describe, expect, it } from 'vitest'
import { compare } from '../../bench/harness/check.js'
import { allRecords } from '../../bench/harness/datasets.js'
import { digest } from '../../bench/harness/digest.js'
import { createTopic, fill, outputOfEmbedded } from '../../bench/harness/embedded-log.js'
import { sweeps } from '../../bench/workloads/growth.js'
import { workloads } from '../../bench/workloads/index.js'
import type { Workload } from '../../bench/harness/workload.js'
import type { Job } from '../../bench/sluice/launch.js'

const records = 3000

/** Runs Sluice's program of a workload in this process, on the embedded log, and compares what it wrote with the plain loop. */
async function checkWorkload(workload: Workload): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-workload-'))
  try {
    await workload.prepare?.(records)
    const inputs = workload.inputs.map(({ name }) => name)
    for (const input of workload.inputs)
      await fill(directory, input.name, input.partitions, input.records(input.count(records)))
    await createTopic(directory, 'output', workload.partitions)
    const { default: make } = (await import(`../../bench/sluice/pipelines/${workload.program}.ts`)) as {
      default: (job: Job) => Pipeline
    }
    const parameters = workload.parameters ?? {}
    const built = make({ application: 'app', inputs, input: inputs[0]!, output: 'output', parameters, options: {} })
    const { commitIntervalMs: commitInterval, cacheBytes } = workload
    const app = await built.start({ log: embedded(directory), commitInterval, cacheBytes })
    await app.drained()
    await app.close()
    const expected = digest(workload.expected(records))
    expect(expected.entries).toBeGreaterThan(0)
    const written = await outputOfEmbedded(directory, 'output', workload)
    await compare(workload.name, written, expected, () => workload.expected(records))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

describe('the programs of Sluice do what the plain loops do', () => {
  const points = Object.values(sweeps).map(({ xs, at }) => at(xs[1]!))

  it.each([...workloads, ...points].map(workload => [workload.name, workload] as const))('%s', async (_, workload) => {
    expect(allRecords(workload, records)).toBeGreaterThan(records * 0.99)
    await checkWorkload(workload)
  })
})
