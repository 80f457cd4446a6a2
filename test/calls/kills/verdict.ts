import { readFile } from 'node:fs/promises'
import { readRecords, type Log, type Topic } from 'sluice'
import { isPoison, topicsOf, type Job } from './pipeline.js'

export interface Verdict {
  readonly wrong: readonly string[]
  /** Effects that were called, and called again. */
  readonly effects: number
  readonly repeated: number
}

/** Holds what came out, and what was done outside, against `count` records of each input. */
export async function judge(log: Log, app: string, count: number, outside: string): Promise<Verdict> {
  const topics = topicsOf(app)
  const wrong: string[] = []
  const numbers = Array.from({ length: count }, (_, n) => n)
  const once = async (topic: Topic<string, Job>, expected: readonly number[], inOrder: boolean): Promise<void> => {
    const times = new Map<number, number>()
    const latest = new Map<string, number>()
    for await (const { key, value } of readRecords(log, topic)) {
      const { n } = value!
      times.set(n, (times.get(n) ?? 0) + 1)
      if (inOrder && n < (latest.get(key!) ?? -1))
        wrong.push(`${topic.name}: ${n} behind ${latest.get(key!)} of ${key}`)
      latest.set(key!, n)
    }
    for (const n of expected) if (times.get(n) !== 1) wrong.push(`${topic.name}: ${n} came ${times.get(n) ?? 0} times`)
    if (times.size !== expected.length) wrong.push(`${topic.name}: ${times.size} numbers, not ${expected.length}`)
  }
  const sound = numbers.filter(n => !isPoison(n))
  await once(topics.called, sound, true)
  await once(topics.dead, numbers.filter(isPoison), true)
  await once(topics.sent, numbers, true)
  await once(topics.worked, numbers, true)
  await once(topics.delayed, numbers, true)

  const gathered = new Map<string, number>()
  for await (const { key, value } of readRecords(log, topics.gathered)) {
    gathered.set(key!, (gathered.get(key!) ?? 0) + 1)
    const { complete, parts } = value!
    const are = [parts.called?.n, parts.delayed?.n].map(n => `s${n}`)
    if (!complete || are.some(name => name !== key)) wrong.push(`${key} is ${JSON.stringify(value)}`)
  }
  for (const n of numbers) if (gathered.get(`s${n}`) !== 1) wrong.push(`s${n} came ${gathered.get(`s${n}`) ?? 0} times`)

  const keys = new Map<string, Set<string>>()
  const lines = (await readFile(outside, 'utf8')).trimEnd().split('\n')
  for (const line of lines) {
    const [n, key] = line.split(' ') as [string, string]
    keys.set(n, (keys.get(n) ?? new Set()).add(key))
  }
  for (const n of numbers) {
    const mine = keys.get(String(n))?.size ?? 0
    if (mine !== 1) wrong.push(`effect ${n} had ${mine} idempotency keys`)
  }
  const distinct = new Set([...keys.values()].flatMap(each => [...each])).size
  if (distinct !== count) wrong.push(`${distinct} idempotency keys for ${count} effects`)
  return { wrong: wrong.slice(0, 30), effects: count, repeated: lines.length - count }
}
