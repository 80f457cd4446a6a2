import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { JobConfig, JobLine } from './moments.js'

const script = fileURLToPath(new URL('./job.ts', import.meta.url))

/** How a process of the main job ended. */
export interface JobEnd {
  /** Whether it died by SIGKILL, its own or ours. */
  readonly killed: boolean
  readonly code: number | null
  readonly lines: readonly JobLine[]
  /** What it said on its error output. */
  readonly errors: string
}

/** A running process of the main job. */
export interface Job {
  readonly ended: Promise<JobEnd>
  /** Resolves at the first line that fits; rejects when the process ends before. */
  line(fits: (line: JobLine) => boolean): Promise<JobLine>
  signal(name: NodeJS.Signals): void
}

export function startJob(config: JobConfig): Job {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Where a test fails, nothing of it lives on.
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: JobLine[] = []
  const waiting = new Set<{
    fits: (line: JobLine) => boolean
    resolve: (line: JobLine) => void
    reject: (e: Error) => void
  }>()
  createInterface({ input: child.stdout }).on('line', text => {
    const line = JSON.parse(text) as JobLine
    lines.push(line)
    for (const one of waiting) if (one.fits(line)) one.resolve(line)
  })
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const ended = new Promise<JobEnd>(resolve => {
    child.once('close', (code, signal) =>
      resolve({ killed: signal === 'SIGKILL', code, lines, errors: errors.join('') }),
    )
  })
  const { kill } = config
  if (kill?.at === 'time') killLater(child, kill.after, ended)
  return {
    ended,
    line: fits =>
      new Promise((resolve, reject) => {
        const found = lines.find(fits)
        if (found !== undefined) return resolve(found)
        waiting.add({ fits, resolve, reject })
        void ended.then(({ errors: said }) => reject(new Error(`the job ended before: ${said}`)))
      }),
    signal: name => void child.kill(name),
  }
}

function killLater(child: ChildProcess, after: number, ended: Promise<unknown>): void {
  const timer = setTimeout(() => child.kill('SIGKILL'), after)
  void ended.then(() => clearTimeout(timer))
}

/** Runs the job to its end, or to its death. @throws what it said where it ended badly */
export async function runJob(config: JobConfig): Promise<JobEnd> {
  const end = await startJob(config).ended
  if (!end.killed && end.code !== 0) throw new Error(`the job ended with ${end.code}: ${end.errors}`)
  return end
}
