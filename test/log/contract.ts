import { afterEach, beforeEach, describe } from 'vitest'
import type { Log } from '../../src/log/log.js'
import { appendContract } from './contract/append.js'
import { groupContract } from './contract/group.js'
import { offsetContract } from './contract/offsets.js'
import { readerContract } from './contract/reader.js'
import { topicContract } from './contract/topics.js'
import { transactionContract } from './contract/transactions.js'

/** Where a log differs. */
export interface LogTraits {
  /** `read_uncommitted` shows records of open and aborted transactions; on a local log there never are any. */
  readonly showsUncommitted: boolean
}

/** What a test gets: a log, and names that no other test uses. */
export interface LogTest {
  readonly log: Log
  /** A name of this test's own, for a topic, a group or a transactional id. */
  name(part: string): string
  /** Makes a topic of this test's own; answers its name. */
  topic(part: string, partitions?: number, config?: Record<string, string>): Promise<string>
}

export interface OpenedLog {
  readonly log: Log
  close(): Promise<void>
}

/**
 * What every log does. `open` is called once for each test; logs that share a broker get names made of `prefix`.
 *
 * @example
 * logContract('memory', async () => ({ log: memoryLog(), close: async () => {} }), { showsUncommitted: false })
 */
export function logContract(name: string, open: () => Promise<OpenedLog>, traits: LogTraits): void {
  describe(`the log contract: ${name}`, () => {
    let opened: OpenedLog
    let tests = 0
    const prefix = `t${process.pid}-${Date.now().toString(36)}`
    const test: LogTest = {
      get log() {
        return opened.log
      },
      name: part => `${prefix}-${tests}-${part}`,
      async topic(part, partitions = 1, config = {}) {
        await opened.log.topics.create([{ name: test.name(part), partitions, config }])
        return test.name(part)
      },
    }
    beforeEach(async () => {
      tests++
      opened = await open()
    })
    afterEach(async () => await opened.close())

    topicContract(test)
    appendContract(test)
    offsetContract(test)
    readerContract(test)
    transactionContract(test, traits)
    groupContract(test)
  })
}
