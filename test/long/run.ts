import { join } from 'node:path'
import type { Log } from '../../dsl/index.js'
import { openStateDb } from '../../src/store/open-state-db.js'
import { Input, partitions } from './input.js'
import { levels, type Level, type Sample } from './levels.js'
import { changelogs, diskBytes, memory, storeKeys } from './measure.js'
import { application, longPipeline, type Part, type Told } from './pipeline.js'

export interface LongOptions {
  readonly log: Log
  /** Where state lies: the embedded log's directory, or the state directory of an instance on Kafka. */
  readonly directory: string
  /** Where a broker keeps its partitions. */
  readonly brokerDirectory?: string
  readonly parts: readonly Part[]
  readonly records: number
  readonly samples: number
  readonly seed: number
  readonly keys: number
  /** Milliseconds of stream time, of which each record is one. */
  readonly keep: number
  readonly measures: readonly (keyof Sample)[]
  readonly onSample?: (sample: Sample) => void
}

export interface LongResult {
  readonly parts: readonly Part[]
  readonly samples: readonly Sample[]
  readonly levels: readonly Level[]
  /** Keys of each store when all windows have expired, without the rows of the table. */
  readonly left: Readonly<Record<string, number>>
  /** Keys with a value in the changelogs then. */
  readonly live?: number
  readonly rows: number
  readonly told: Told
  /** Records of the left stream; those of them that a window refused. */
  readonly lefts: number
  readonly late: number
}

/** Runs so many records through the pipeline, measures meanwhile, then lets everything expire. */
export async function longRun(options: LongOptions): Promise<LongResult> {
  const { log, directory, brokerDirectory, keep, records } = options
  const told: Told = { closed: 0, joined: 0, priced: 0, firsts: 0 }
  const pipeline = longPipeline(options.parts, keep, told)
  const spec = pipeline.lower()
  const reads = spec.nodes.flatMap(node => (node.kind === 'source' ? (node.topics as string[]) : []))
  await using input = await Input.open(log, { ...options, reads })
  await using app = await pipeline.start({ log, stateDir: directory, cacheBytes: 32 << 20 })

  const embeddedKeys = async (): Promise<Record<string, number>> => {
    const counts = Array.from({ length: partitions }, (_, partition) =>
      storeKeys(log.state!, spec, store => `${application}/${store}/${partition}`),
    )
    return added(await Promise.all(counts))
  }
  const measure = async (written: number): Promise<Sample> => ({
    records: written,
    disk: await diskBytes(directory),
    ...(log.state !== undefined && { keys: sum(await embeddedKeys()) }),
    ...(brokerDirectory !== undefined && {
      changelogRecords: (await changelogs(log, application)).records,
      changelogBytes: await diskBytes(brokerDirectory, isChangelog),
    }),
    ...memory(),
  })

  const samples: Sample[] = []
  const step = Math.ceil(records / options.samples)
  for (let written = 0; written < records;) {
    const count = Math.min(step, records - written)
    await input.write(count)
    written += count
    await app.drained()
    await input.forget(application)
    const sample = await measure(written)
    samples.push(sample)
    options.onSample?.(sample)
  }

  // One commit deletes only so much; those that follow go on.
  for (let i = 1; i <= 12; i++) {
    await input.close(keep * 8 + i * keep)
    await app.drained()
  }
  const late = lateOf(app.status.counters)
  await app.close()
  const keys = log.state === undefined ? await kafkaKeys(directory, spec) : await embeddedKeys()
  const { prices: rows = 0, ...left } = keys
  const live = brokerDirectory === undefined ? undefined : (await changelogs(log, application)).live
  return {
    parts: options.parts,
    samples,
    levels: levels(samples, options.measures),
    left,
    ...(live !== undefined && { live }),
    rows,
    told,
    lefts: input.lefts,
    late,
  }
}

async function kafkaKeys(directory: string, spec: Parameters<typeof storeKeys>[1]): Promise<Record<string, number>> {
  const counts: Record<string, number>[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const task = `long-left-${partition}`
    const db = await openStateDb(join(directory, application, 'tasks', task), { application, task })
    counts.push(await storeKeys(db, spec, store => store))
    await db.close()
  }
  return added(counts)
}

function added(all: readonly Record<string, number>[]): Record<string, number> {
  const result: Record<string, number> = {}
  for (const each of all) for (const [name, count] of Object.entries(each)) result[name] = (result[name] ?? 0) + count
  return result
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function isChangelog(directory: string): boolean {
  return /long-.*-changelog-\d+$/.test(directory)
}

function lateOf(counters: Readonly<Record<string, number>>): number {
  return counters['late_records{tumbled.count}'] ?? 0
}
