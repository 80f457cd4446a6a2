import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedded, readRecords, recordWriter, type Log } from 'sluice'
import { expect, test } from 'vitest'
import { generator } from '../../examples/shared/random.js'
import { fullKills } from '../examples/kill-run.js'
import { faultSeed, type Moment } from '../faults/moments.js'
import { runScript } from '../faults/run-script.js'
import { temporaryDirectory } from '../log/temporary.js'
import { counts, done, fair, jobs, type Job } from './kills/pipeline.js'

const script = fileURLToPath(new URL('./kills/job.ts', import.meta.url))
/** Records that each process finds new. */
const perRun = 4_000
const partitions = 2

/** Nine in ten are of one tenant of each partition; the others come behind, as they do. */
function job(n: number): Job & { readonly partition: number } {
  const partition = n % partitions
  return { tenant: n % 10 < 9 ? `big-${partition}` : `small-${n % 7}-${partition}`, n, partition }
}

async function write(log: Log, first: number): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [jobs.name])
  for (let i = first; i < first + perRun; i++) {
    const { tenant, n, partition } = job(i)
    writer.write(jobs, { key: tenant, value: { tenant, n }, partition })
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
}

/** Whether what is committed says that some tenants are ahead of others. */
async function anyAhead(log: Log): Promise<boolean> {
  const inputs = Array.from({ length: partitions }, (_, partition) => ({ topic: jobs.name, partition }))
  const positions = await log.committed(fair().id, inputs)
  return [...positions.values()].some(({ metadata }) => /(^|;)d/.test(metadata))
}

/** What came out otherwise than each job once, each tenant's in their order, all of them counted. */
async function judge(log: Log, written: number): Promise<string[]> {
  const wrong: string[] = []
  const expected = new Map<string, number[]>()
  for (let i = 0; i < written; i++) {
    const { tenant, n } = job(i)
    expected.set(tenant, [...(expected.get(tenant) ?? []), n])
  }
  const found = new Map<string, number[]>()
  for await (const { value } of readRecords(log, done)) {
    const { tenant, n } = value!
    found.set(tenant, [...(found.get(tenant) ?? []), n])
  }
  const last = new Map<string, number>()
  for await (const { key, value } of readRecords(log, counts)) last.set(key!, value!)
  for (const [tenant, numbers] of expected) {
    if (found.get(tenant)?.join() !== numbers.join()) wrong.push(`${tenant}: ${found.get(tenant)?.join()}`)
    if (last.get(tenant) !== numbers.length) wrong.push(`${tenant}: counted ${last.get(tenant)}, not ${numbers.length}`)
  }
  return wrong
}

test('kill -9 while tenants take turns: each record once, each tenant in its order', { timeout: 900_000 }, async () => {
  const random = generator(faultSeed())
  const phases = ['before', 'during', 'after'] as const
  const kills = Math.max(1, fullKills)
  const dir = join(await temporaryDirectory(), 'log')
  let [killed, written, ahead] = [0, 0, 0]
  const more = async (): Promise<void> => {
    const log = await embedded(dir).open()
    if (written === 0) await log.topics.create([jobs, done, counts].map(({ name }) => ({ name, partitions })))
    else if (await anyAhead(log)) ahead++
    await write(log, written)
    await log.close()
    written += perRun
  }
  for (let run = 0; killed < kills; run++) {
    expect(run, `of ${run} moments only ${killed} came before all was done`).toBeLessThan(2 * kills + 3)
    await more()
    const phase = phases[Math.floor(random() * phases.length)]!
    const kill: Moment = { at: 'commit', number: 2 + Math.floor(random() * 8), phase, delay: random() * 2 }
    if (await runScript(script, { dir, kill })) killed++
  }
  await more()
  await runScript(script, { dir })
  const log = await embedded(dir).open()
  expect(await judge(log, written)).toEqual([])
  await log.close()
  if (kills > 3) expect(ahead).toBeGreaterThan(kills / 4)
})
