import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { compileJava } from '../kafka/compile-java.js'
import type { Answer, Question } from './question.js'

/** Kafka Streams as a judge: one Java process that runs descriptions of topologies through its TopologyTestDriver. */
export interface Oracle extends AsyncDisposable {
  /** Questions may be asked without waiting for the answers of others. Rejects with what Kafka Streams threw. */
  ask(question: Question): Promise<Answer>
  close(): Promise<void>
}

const sources = new URL('java/', import.meta.url)

/** Starts it, about 1 s. Needs Java; see `missingTools` in test/kafka/jars.ts. */
export async function startOracle(): Promise<Oracle> {
  const classPath = await compileJava(fileURLToPath(sources))
  const logging = `-Dlog4j.configuration=${new URL('log4j.properties', sources).href}`
  const child = spawn('java', ['-XX:+UseSerialGC', '-Xmx512m', logging, '-cp', classPath, 'Oracle'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  let lastId = 0
  createInterface({ input: child.stdout }).on('line', line => {
    const { id, error, ...answer } = JSON.parse(line) as Answer & { id: number; error?: string }
    const asker = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asker?.resolve({ ...answer, stores: byKey(answer.stores) })
    else asker?.reject(new Error(error))
  })
  const exited = once(child, 'exit').then(([code]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the oracle ended (${code})`))
    waiting.clear()
  })
  const close = async (): Promise<void> => {
    child.stdin.end()
    await exited
  }
  return {
    ask(question) {
      const id = ++lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        child.stdin.write(`${JSON.stringify({ id, ...question })}\n`)
      })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Memory and RocksDB list a store in orders of their own. */
function byKey(stores: Answer['stores']): Answer['stores'] {
  const sorted = Object.entries(stores).map(([name, entries]) => [
    name,
    entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  ])
  return Object.fromEntries(sorted) as Answer['stores']
}
