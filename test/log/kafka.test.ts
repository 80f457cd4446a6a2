import { kafka } from '../../src/log/kafka/kafka.js'
import { describeKafka } from '../kafka/shared.js'
import { logContract } from './contract.js'

describeKafka('on Kafka', shared => {
  const open = async (): Promise<{
    log: Awaited<ReturnType<ReturnType<typeof kafka>['open']>>
    close(): Promise<void>
  }> => {
    const log = await kafka({ brokers: shared.brokers, heartbeatInterval: 200 }).open()
    return { log, close: () => log.close() }
  }
  logContract('Kafka', open, { showsUncommitted: true })
})
