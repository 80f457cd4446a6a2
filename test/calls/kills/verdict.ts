import { readFile } from 'node:fs/promises'
import { readRecords, type Log, type Topic } from 'sluice'
import type { Outcome } from '../../faults/kill-report.js'
import { isPoison, topicsOf, type Job } from './pipeline.js'

export interface Verdict extends Outcome {
  /** What is wrong beyond what is missing or too much: the order of a key, parts that are not its own. */
  readonly wrong: readonly string[]
  /** Effects that were called again. */
  readonly repeated: number
}

/** Holds what came out, and what was done outside, against `count` records of each input. */
export async function judge(log: Log, app: string, count: number, outside: string): Promise<Verdict> {
  const topics = topicsOf(app)
  const wrong: string[] = []
  const expected: string[] = []
  const found: string[] = []
  const numbers = Array.from({ length: count }, (_, n) => n)
  const inOrder = async (topic: Topic<string, Job>, wanted: readonly number[]): Promise<void> => {
    expected.push(...wanted.map(n => `${topic.name}: ${n}`))
    const latest = new Map<string, number>()
    for await (const { key, value } of readRecords(log, topic)) {
      const { n } = value!
      found.push(`${topic.name}: ${n}`)
      const before = latest.get(key!) ?? -1
      if (n < before) wrong.push(`${topic.name}: ${n} behind ${before} of ${key}`)
      latest.set(key!, n)
    }
  }
  const sound = numbers.filter(n => !isPoison(n))
  await inOrder(topics.called, sound)
  await inOrder(topics.dead, numbers.filter(isPoison))
  await inOrder(topics.sent, numbers)
  await inOrder(topics.worked, numbers)
  await inOrder(topics.delayed, numbers)

  expected.push(...numbers.map(n => `gathered: s${n}`))
  for await (const { key, value } of readRecords(log, topics.gathered)) {
    found.push(`gathered: ${key}`)
    const { complete, parts } = value!
    const are = [parts.called?.n, parts.delayed?.n].map(n => `s${n}`)
    if (!complete || are.some(name => name !== key)) wrong.push(`${key} is ${JSON.stringify(value)}`)
  }

  const keys = new Map<string, Set<string>>()
  const lines = (await readFile(outside, 'utf8')).trimEnd().split('\n')
  for (const line of lines) {
    const [n, key] = line.split(' ') as [string, string]
    keys.set(n, (keys.get(n) ?? new Set()).add(key))
  }
  expected.push(...numbers.map(n => `effect: ${n}`))
  found.push(...Array.from(keys.keys(), n => `effect: ${n}`))
  const newKeys = Array.from(keys).flatMap(([n, used]) => (used.size > 1 ? n : []))
  const distinct = new Set([...keys.values()].flatMap(each => [...each])).size
  if (distinct < keys.size) wrong.push(`${keys.size} effects had ${distinct} idempotency keys`)
  return { expected, found, newKeys, wrong: wrong.slice(0, 30), repeated: lines.length - count }
}
