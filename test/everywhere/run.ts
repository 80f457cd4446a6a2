import { rm } from 'node:fs/promises'
import { readRecords, type Log, type LogConfig, type Running } from 'sluice'
import { partitions, rows, write, type Input } from './input.js'
import { names, texts } from './outputs.js'
import { pipelineOf, type Kind } from './fixtures/pipeline.js'

export interface Run {
  readonly kind: Kind
  readonly app: string
  /** An open log; where there are threads, each opens what `config` describes. */
  readonly log: Log
  readonly config?: LogConfig
  readonly threads?: number
  readonly stateDir: string
  /** Written one after the other, each when the one before is done. */
  readonly parts: readonly (readonly Input[])[]
  /** Between two parts: the instance goes on, is closed and started again, or has lost its state directory meanwhile. */
  readonly between: 'nothing' | 'restart' | 'loss'
}

/** Results by what gave them and their key. */
export type Outcome = ReadonlyMap<string, readonly string[]>

/** Runs a pipeline over the parts and answers all it gave. */
export async function outcome(run: Run): Promise<Outcome> {
  const { kind, app, log, parts, between, stateDir, threads = 1 } = run
  const topics = [...Object.values(names(app)), `${app}-v`]
  await log.topics.create(topics.map(name => ({ name, partitions })))
  await write(log, app, rows)
  process.env['EVERYWHERE'] = `${kind} ${app}`
  const start = (): Promise<Running> =>
    pipelineOf(kind, app).start({
      log: run.config ?? log,
      threads,
      stateDir,
      // So that there are many commits in the middle of things.
      commitInterval: 5,
      maxUncommittedBytes: 4_000,
    })
  let running: Running | undefined
  try {
    for (const part of parts) {
      await write(log, app, part)
      running ??= await start()
      await running.drained()
      if (between === 'nothing') continue
      await running.close()
      running = undefined
      if (between === 'loss') await rm(stateDir, { recursive: true, force: true })
    }
  } finally {
    await running?.close()
  }
  return collected(log, app)
}

/**
 * Results of a table depend on when there were commits, so only its rows in the end are compared; everything else record by
 * record, with its timestamp.
 */
async function collected(log: Log, app: string): Promise<Outcome> {
  const found = new Map<string, string[]>()
  for await (const { key, value, timestamp } of readRecords(log, texts(names(app).out))) {
    const [label, text] = value!.split('|') as [string, string]
    const id = `${label}: ${key}`
    const list = found.get(id) ?? []
    if (label.startsWith('~')) list.length = 0
    list.push(label.startsWith('~') ? text : `${text}@${timestamp}`)
    found.set(id, list)
  }
  for (const [id, [last]] of found) if (id.startsWith('~') && last === '"deleted"') found.delete(id)
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
