import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { killedAtEnd } from './at-end.js'

export interface Command {
  readonly command: string
  readonly args: readonly string[]
}

/** What a program of the bench says on standard output: one JSON object a line. */
export interface Message {
  readonly event: string
  readonly [field: string]: unknown
}

/** An engine's program at work. It goes on until its standard input ends; then it closes and exits with 0. */
export interface Program {
  readonly startedAt: number
  readonly failed: Promise<never>
  /** CPU seconds so far, of all threads; NaN where the system does not tell. */
  cpuSeconds(): Promise<number>
  /** The largest resident memory so far, in bytes; NaN where the system does not tell. */
  peakBytes(): Promise<number>
  /** Asks it to end and waits for that. */
  end(): Promise<void>
  kill(): void
}

export function startProgram({ command, args }: Command, onMessage: (message: Message) => void = () => {}): Program {
  const startedAt = performance.now()
  const child = killedAtEnd(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] }))
  const errors = lastLines(child)
  createInterface({ input: child.stdout }).on('line', line => {
    if (line.startsWith('{')) onMessage(JSON.parse(line) as Message)
    else errors.push(line)
  })
  let ending = false
  const exited = once(child, 'exit')
  const failed = exited.then(([code, signal]) => {
    if (ending) return new Promise<never>(() => {})
    throw new Error(`${command} ended early (${code ?? signal}):\n${errors.join('\n')}`)
  })
  failed.catch(() => {})
  return {
    startedAt,
    failed,
    cpuSeconds: () => cpuSeconds(child.pid),
    peakBytes: () => peakBytes(child.pid),
    async end() {
      ending = true
      child.stdin.end()
      const [code, signal] = await exited
      if (code !== 0) throw new Error(`${command} did not close well (${code ?? signal}):\n${errors.join('\n')}`)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Runs a program that ends by itself. */
export async function runToEnd({ command, args }: Command, onMessage: (message: Message) => void): Promise<void> {
  const child = killedAtEnd(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  const errors = lastLines(child)
  createInterface({ input: child.stdout }).on('line', line => onMessage(JSON.parse(line) as Message))
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}:\n${errors.join('\n')}`)
}

function lastLines(child: ChildProcess): string[] {
  const lines: string[] = []
  createInterface({ input: child.stderr! }).on('line', line => {
    if (lines.push(line) > 60) lines.shift()
  })
  return lines
}

/** Linux counts in ticks of 1/100 s: fields 14 and 15 of `stat` are user and system time (proc(5)). */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return NaN
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function peakBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024
}
