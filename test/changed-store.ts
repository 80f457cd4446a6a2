import { expect, onTestFinished } from 'vitest'
import { pipeline, type Log, type Pipeline } from '../dsl/index.js'
import { produce } from './log/helpers.js'
import { temporaryDirectory } from './log/temporary.js'

/** Runs an application once more, as one of its kinds, over what the former ones have kept; with one more record. */
export type Run<Kind> = (kind: Kind) => Promise<void>

/** An application that is another pipeline at each start; each reads the first of the topics. */
export async function changing<Kind extends string>(
  open: () => Promise<Log>,
  topics: readonly [input: string, ...others: string[]],
  kinds: Readonly<Record<Kind, (app: Pipeline) => unknown>>,
): Promise<Run<Kind>> {
  const log = await open()
  onTestFinished(() => log.close())
  await log.topics.create(topics.map(name => ({ name, partitions: 1 })))
  const stateDir = await temporaryDirectory()
  return async kind => {
    await produce(log, topics[0], 0, { key: 'a', value: 'x', timestamp: 1000 })
    const app = pipeline('app')
    kinds[kind](app)
    const running = await app.start({ log, stateDir })
    await running.drained()
    await running.close()
  }
}

/** The store "counts" of `before` is refused to `after`, and is `before`'s still. */
export async function expectRefused<Kind>(run: Run<Kind>, before: Kind, had: string, after: Kind, has: string) {
  await run(before)
  await expect(run(after)).rejects.toMatchObject({
    code: 'BAD_TOPOLOGY',
    what: `store "counts" has ${had}, and is to have ${has}`,
    hint: expect.stringContaining('sluice reset') as unknown,
  })
  await run(before)
}
