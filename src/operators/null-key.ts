import { SluiceError } from '../errors.js'
import type { OperatorContext } from './operator.js'

/** The error of a record without a key where one is needed. Kafka Streams drops such a record; here it never goes silently. */
export function nullKey(context: OperatorContext): SluiceError {
  return new SluiceError('NULL_KEY', 'the record has no key, and this operator needs one', {
    place: { operator: context.name },
    hint: 'give it a key (selectKey, groupBy) or leave it out (filter) before; .skip() and .deadLetter(topic) keep the pipeline running',
  })
}
