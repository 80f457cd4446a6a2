import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { JobConfig, JobLine } from './job-lines.js'

const job = join(import.meta.dirname, 'job.ts')

/** A process of the counting job. */
export interface JobProcess {
  readonly tasks: readonly string[]
  readonly standbys: readonly { readonly task: string; readonly lag?: number }[]
  /** Changes that were read for tasks that began. */
  restored: number
  /** Waits for a line of output. @throws when the process ends before */
  saying(what: (line: JobLine) => boolean): Promise<void>
  drained(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Closes it; it has to end with 0. */
  close(): Promise<void>
}

const children = new Set<ChildProcess>()

/** Kills those that a failed test has left. */
export function killJobs(): void {
  for (const child of children) child.kill('SIGKILL')
}

export function startJob(config: JobConfig): JobProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', job, JSON.stringify(config)], {
    env: { ...process.env, THREADS_APP: config.app },
  })
  children.add(child)
  let errors = ''
  let tasks: readonly string[] = []
  let standbys: JobProcess['standbys'] = []
  let restored = 0
  const waiting = new Set<{ what: (line: JobLine) => boolean; done: () => void; failed: (error: Error) => void }>()
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
  const exit = once(child, 'exit').then(([code, signal]) => {
    children.delete(child)
    for (const { failed } of waiting) failed(new Error(`the job ended (${code ?? signal}): ${errors}`))
    return code as number | null
  })
  createInterface({ input: child.stdout }).on('line', text => {
    const line = JSON.parse(text) as JobLine
    if (line.event === 'status') ({ tasks, standbys } = line)
    if (line.event === 'restored') restored += line.changes
    for (const one of waiting) {
      if (!one.what(line)) continue
      waiting.delete(one)
      one.done()
    }
  })
  const saying = (what: (line: JobLine) => boolean): Promise<void> =>
    new Promise((done, failed) => waiting.add({ what, done, failed }))
  return {
    get tasks() {
      return tasks
    },
    get standbys() {
      return standbys
    },
    get restored() {
      return restored
    },
    set restored(changes) {
      restored = changes
    },
    saying,
    async drained() {
      const said = saying(({ event }) => event === 'drained')
      child.stdin.write('drain\n')
      await said
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
    async close() {
      child.stdin.end()
      const code = await exit
      if (code !== 0) throw new Error(`the job ended with ${code}: ${errors}`)
    },
  }
}
