import Table from 'cli-table3'
import { readRecords, type Log, type Topic } from 'sluice'
import { importOf } from './imports.js'
import { failed, told } from './pipeline.js'

export interface Results {
  /** Imports whose end was told. */
  readonly told: readonly string[]
  /** Jobs that failed, such as `parse import-5-part-1.csv`, in their order. */
  readonly failed: readonly string[]
}

export async function results(log: Log): Promise<Results> {
  const finished = await read(log, told, key => key)
  return { told: finished, failed: await read(log, failed, (file, { kind }) => `${kind} ${file}`) }
}

async function read<V>(log: Log, topic: Topic<string, V>, name: (key: string, value: V) => string): Promise<string[]> {
  const found: string[] = []
  for await (const { key, value } of readRecords(log, topic)) found.push(name(key!, value!))
  return found
}

export function printResults({ told, failed }: Results, imports: number): void {
  const table = new Table({
    head: ['import', 'files', 'webhook', 'failed jobs'],
    colAligns: ['left', 'right', 'left', 'left'],
    style: { compact: true, head: [], border: [] },
  })
  for (let n = 0; n < imports; n++) {
    const { id, files } = importOf(n)
    const mine = failed.filter(job => job.includes(` ${id}-`))
    table.push([id, files.length, told.includes(id) ? '✔' : '', mine.join(', ')])
  }
  console.log(table.toString())
}
