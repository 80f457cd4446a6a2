import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { java } from './java.js'
import type { Workload } from './workload.js'

/** What an engine wrote: how many records, and the last value of every key. */
export interface Output {
  readonly records: number
  readonly last: ReadonlyMap<string, string>
}

/** Reads a topic at read_committed with Kafka's own consumer (bench/kafka-streams/FinalValues.java). */
export async function outputOnKafka(
  brokers: readonly string[],
  topic: string,
  kind: Workload['output'],
): Promise<Output> {
  const { command, args } = await java('FinalValues', [brokers.join(','), topic, kind])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let records: number | undefined
  const last = new Map<string, string>()
  for await (const line of createInterface({ input: child.stdout })) {
    if (records === undefined) records = Number(line)
    else last.set(line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1))
  }
  if (records === undefined) throw new Error(`reading ${topic} failed: FinalValues said nothing`)
  return { records, last }
}

/** Throws unless the output is what the plain loop gives, key for key. */
export function compare(engine: string, output: Output, expected: ReadonlyMap<string, string>): void {
  const wrong: string[] = []
  for (const [key, value] of expected) {
    const got = output.last.get(key)
    if (got !== value) wrong.push(`${key}: ${got ?? 'missing'} instead of ${value}`)
  }
  for (const key of output.last.keys()) if (!expected.has(key)) wrong.push(`${key}: not expected`)
  if (wrong.length > 0) {
    throw new Error(
      `${engine}: ${wrong.length} of ${expected.size} keys are wrong\n  ${wrong.slice(0, 5).join('\n  ')}`,
    )
  }
}
