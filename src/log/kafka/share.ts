import { SluiceError } from '../../errors.js'
import type { SharedLog } from '../log.js'
import { guarded, type KafkaOptions } from './options.js'

/**
 * The options as another thread can get them: `structuredClone` takes data, and no functions but `onError`, which stays.
 *
 * @throws SluiceError UNSUPPORTED naming the option
 */
export function shareKafka({ onError, ...options }: KafkaOptions): SharedLog {
  for (const [name, value] of Object.entries(options)) {
    try {
      structuredClone(value)
    } catch (error) {
      throw new SluiceError('UNSUPPORTED', `kafka({ ${name} }) holds something that cannot be sent to a thread`, {
        hint: hintOf(name),
        cause: error,
      })
    }
  }
  return { options, onError: guarded(onError) }
}

function hintOf(name: string): string {
  if (name === 'brokers') return 'give the addresses themselves, brokers: [...], instead of a function'
  return `leave out threads, or write ${name} as plain data without functions, sockets and objects of classes`
}
