import { describe, onTestFinished } from 'vitest'
import { embedded } from '../../src/log/embedded/embedded.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { full } from '../faults/moments.js'
import { badRecords } from './cases.js'
import { badInputContract } from './contract.js'
import { names } from './orders.js'

function closedAfterwards(log: Log): Log {
  onTestFinished(() => log.close())
  return log
}

describe('bad records on the memory log', () => {
  badInputContract({
    open: async () => closedAfterwards(memoryLog()),
    directory: temporaryDirectory,
    names: () => names,
  })
})

describe('bad records on the embedded log', () => {
  badInputContract({
    open: async () => closedAfterwards(await embedded(await temporaryDirectory()).open()),
    directory: temporaryDirectory,
    names: () => names,
  })
})

describeKafka('bad records on Kafka', shared => {
  const place = {
    open: async () => closedAfterwards(await kafka({ brokers: shared.brokers }).open()),
    directory: temporaryDirectory,
    names: () => {
      const own = shared.name('orders')
      return { orders: own, counts: `${own}-counts`, copies: `${own}-copies`, bad: `${own}-bad` }
    },
  }
  badInputContract(place, full ? badRecords : badRecords.slice(-1))
})
