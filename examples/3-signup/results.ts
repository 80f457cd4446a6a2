import Table from 'cli-table3'
import { readRecords, type Log, type Topic } from 'sluice'
import type { Sent } from './messages.js'
import { sent, unknownUsers, unsent } from './pipeline.js'

export interface Results {
  readonly sent: readonly (Sent & { readonly user: string })[]
  /** Keys of verifications that fit no sign-up. */
  readonly unknown: readonly string[]
  /** Keys of what could not be sent. */
  readonly unsent: readonly string[]
}

export async function results(log: Log): Promise<Results> {
  const messages: (Sent & { readonly user: string })[] = []
  for await (const { key, value } of readRecords(log, sent)) messages.push({ user: key!, ...value! })
  return { sent: messages, unknown: await keysOf(log, unknownUsers), unsent: await keysOf(log, unsent) }
}

async function keysOf<V>(log: Log, topic: Topic<string, V>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of readRecords(log, topic)) keys.push(key!)
  return keys.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

export function printResults({ sent, unknown, unsent }: Results): void {
  const table = new Table({
    head: ['message', 'mail', 'text message'],
    colAligns: ['left', 'right', 'right'],
    style: { compact: true, head: [], border: [] },
  })
  for (const [name, begin] of [
    ['verification', 'Is this you?'],
    ['welcome', 'Welcome'],
    ['news', 'News'],
  ] as const) {
    const count = (kind: string): number => sent.filter(m => m.kind === kind && m.text.startsWith(begin)).length
    table.push([name, count('mail'), count('sms')])
  }
  console.log(table.toString())
  console.log(`links followed that were sent to nobody: ${unknown.join(', ') || 'none'}`)
  console.log(`not sent: ${unsent.join(', ') || 'none'}`)
}
