import type { LogConfig } from '../log.js'
import { KafkaLog } from './kafka-log.js'
import { settingsOf, type KafkaOptions } from './options.js'
import { shareKafka } from './share.js'

/**
 * A Kafka cluster as the log. Cheap to call: nothing is opened until the pipeline starts.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION for options of the wrong form
 * @example
 * await tracker.start({ log: kafka({ brokers: ['localhost:9092'] }) })
 */
export function kafka(options: KafkaOptions): LogConfig {
  const settings = settingsOf(options)
  return { kind: 'kafka', open: () => KafkaLog.open(settings), share: () => shareKafka(options) }
}
