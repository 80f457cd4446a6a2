import { SluiceError } from '../errors.js'

/** Kafka's rule for topic names (`org.apache.kafka.common.internals.Topic`). @throws SluiceError BAD_ARGUMENT */
export function checkTopicName(name: string): void {
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..') return
  throw new SluiceError('BAD_ARGUMENT', `${JSON.stringify(name)} is not a topic name`, {
    hint: 'use 1 to 249 letters, digits, dots, underscores and dashes; not "." nor ".."',
  })
}
