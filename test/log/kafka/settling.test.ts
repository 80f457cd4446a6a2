import { expect, test } from 'vitest'
import type { Cluster } from '../../../src/log/kafka/connection/cluster.js'
import { Settling } from '../../../src/log/kafka/settling.js'

test('an answer about a commit says nothing of the next one of the same id', async () => {
  const answers: ((state: string) => void)[] = []
  const link = {
    send: () => new Promise(resolve => answers.push(state => resolve([{ error: 0, state }]))),
  }
  const cluster = {
    link: () => link,
    send: () => Promise.resolve({ error: 0, node: 1 }),
    know: () => {},
    retry: (_: string, attempt: () => Promise<void>) => attempt(),
  } as unknown as Cluster
  const asked = async (times: number): Promise<void> => {
    while (answers.length < times) await new Promise(resolve => setImmediate(resolve))
  }
  const settling = new Settling(cluster)
  settling.add('id')
  const first = settling.done()
  await asked(1)
  // Meanwhile the next transaction begins, and is committed.
  settling.delete('id')
  settling.add('id')
  answers[0]!('CompleteCommit')
  await first
  const second = settling.done()
  await asked(2)
  answers[1]!('CompleteCommit')
  await second
  await settling.done()
  expect(answers).toHaveLength(2)
})
