import { SluiceError } from '../errors.js'
import type { Operator, OperatorContext } from './operator.js'

/**
 * Lets no record pass whose key or value is null where the types of the stream promise one. Stands behind the source of a
 * stream; it works on undecoded parts too, because null is always passed as null.
 */
export function present(needs: { readonly key: boolean; readonly value: boolean }): Operator {
  return (next, context) => {
    const absent = (key: unknown, value: unknown) =>
      context.fail(needs.key && key === null ? noKey(context) : noValue(context), key, value)
    if (needs.key && needs.value) {
      return (key, value, timestamp) =>
        key === null || value === null ? absent(key, value) : next(key, value, timestamp)
    }
    if (needs.key) return (key, value, timestamp) => (key === null ? absent(key, value) : next(key, value, timestamp))
    return (key, value, timestamp) => (value === null ? absent(key, value) : next(key, value, timestamp))
  }
}

function noKey(context: OperatorContext): SluiceError {
  return new SluiceError('NULL_KEY', 'the record has no key, and the stream promises one', {
    place: { operator: context.name },
    hint: 'stream(topic, { keyless: true }) takes such records, with null in the type of the keys; .skip() and .deadLetter(topic) keep the pipeline running',
  })
}

function noValue(context: OperatorContext): SluiceError {
  return new SluiceError('DESERIALIZE', 'the value of the record is null, and the stream promises one', {
    place: { operator: context.name },
    hint: 'stream(topic, { tombstones: true }) takes such records, with null in the type of the values; .skip() and .deadLetter(topic) keep the pipeline running',
  })
}
