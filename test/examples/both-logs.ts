import { join } from 'node:path'
import { embedded, kafka, type Log } from 'sluice'
import { describe } from 'vitest'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'

/** Where an example runs. */
export interface Place {
  readonly kind: 'embedded' | 'kafka'
  /** What its `main.ts` is told about it. */
  readonly args: readonly string[]
  /** Opens the log; on the embedded one while the example does not run. */
  readonly open: () => Promise<Log>
}

/**
 * `describe` on the embedded log and on Kafka. `place` gives an empty one to each test; on Kafka it deletes the topics of
 * the example, which are those that `owns` matches, and with them their positions.
 */
export function onBothLogs(name: string, owns: RegExp, body: (place: () => Promise<Place>) => void): void {
  describe(`${name}, on the embedded log`, () => {
    body(async () => {
      const dir = join(await temporaryDirectory(), 'log')
      return { kind: 'embedded', args: ['--log', dir], open: () => embedded(dir).open() }
    })
  })
  describeKafka(`${name}, on Kafka`, shared => {
    body(async () => {
      const { brokers } = shared
      const open = () => kafka({ brokers }).open()
      const log = await open()
      const owned = (await log.topics.list()).filter(topic => owns.test(topic))
      await log.topics.delete(owned)
      await log.close()
      const stateDir = join(await temporaryDirectory(), 'state')
      return { kind: 'kafka', args: ['--brokers', brokers.join(), '--state-dir', stateDir], open }
    })
  })
}
