import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { killedAtEnd } from './at-end.js'
import { digest, type Digest } from './digest.js'
import { java } from './java.js'
import type { Entry, Workload } from './workload.js'

/** What an engine wrote. */
export interface Output {
  readonly records: number
  readonly digest: Digest
  /** The entries themselves, where the digest is not the right one. */
  entries(): Promise<Iterable<Entry>>
}

/** The lines of an output that are compared. */
type Kind = Pick<Workload, 'output' | 'fold'>

/** Reads a topic at read_committed with Kafka's own consumer (bench/kafka-streams/FinalValues.java). */
export async function outputOnKafka(brokers: readonly string[], topic: string, kind: Kind): Promise<Output> {
  const { records, digest } = await finalValues(brokers, topic, kind)
  return {
    records,
    digest,
    async entries() {
      const entries: Entry[] = []
      await finalValues(brokers, topic, kind, entry => entries.push(entry))
      return entries
    },
  }
}

async function finalValues(
  brokers: readonly string[],
  topic: string,
  { output, fold }: Kind,
  onEntry?: (entry: Entry) => void,
): Promise<Pick<Output, 'records' | 'digest'>> {
  const dump = onEntry === undefined ? 'digest' : 'dump'
  const { command, args } = await java('FinalValues', [brokers.join(','), topic, output, fold, dump])
  const child = killedAtEnd(spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('=')) {
      const [records, entries, sums] = line.slice(1).split(' ')
      return { records: Number(records), digest: { entries: Number(entries), sums: sums! } }
    }
    const tab = line.indexOf('\t')
    onEntry?.([line.slice(0, tab), line.slice(tab + 1)])
  }
  throw new Error(`reading ${topic} failed: FinalValues said nothing`)
}

/** Throws unless the output is what the plain loop gives. */
export async function compare(
  engine: string,
  output: Output,
  expected: Digest,
  expectedEntries: () => Iterable<Entry>,
): Promise<void> {
  if (output.digest.entries === expected.entries && output.digest.sums === expected.sums) return
  const surplus = new Map<string, number>()
  const change = (entries: Iterable<Entry>, by: number): void => {
    for (const [key, value] of entries) {
      const line = `${key}: ${value}`
      const count = (surplus.get(line) ?? 0) + by
      if (count === 0) surplus.delete(line)
      else surplus.set(line, count)
    }
  }
  change(expectedEntries(), -1)
  change(await output.entries(), 1)
  const lines = Array.from(surplus, ([line, count]) => `${count < 0 ? 'missing' : 'not expected'}: ${line}`)
  throw new Error(
    `${engine}: ${output.digest.entries} entries instead of ${expected.entries}, ${lines.length} differ\n  ${lines.toSorted().slice(0, 10).join('\n  ')}`,
  )
}

/** An output that lies in memory. */
export function outputOf(records: number, entries: readonly Entry[]): Output {
  return { records, digest: digest(entries), entries: async () => entries }
}
