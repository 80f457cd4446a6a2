import { SluiceError } from '../errors.js'
import type { Serializer } from '../serde/serde.js'
import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'

/** A topic and how it is written. */
export interface ChosenSink {
  readonly name: string
  readonly key: Serializer<any>
  readonly value: Serializer<any>
}

/** A record on its way to the topic that was chosen for it; stands for the key and for the value, unless they are null. */
export interface Addressed {
  readonly sink: ChosenSink
  readonly key: unknown
  readonly value: unknown
}

/** Asks a function for the topic of each record. What follows is a sink made of `addressedTopic` and the serializers. */
export function chooseSink<K, V>(fn: Callback<K, V, ChosenSink>): Operator {
  return (next, context) => {
    const choose = bind(fn, context)
    return (key, value, timestamp) => {
      let addressed: Addressed
      try {
        addressed = { sink: checked(plain(choose(value, key, timestamp)), key, value), key, value }
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(key == null ? null : addressed, value == null ? null : addressed, timestamp)
    }
  }
}

export function addressedTopic(value: Addressed | null, key: Addressed | null): string {
  return (value ?? key)!.sink.name
}

export const addressedKey: Serializer<Addressed> = {
  name: 'of the topic',
  serialize: ({ sink, key }) => sink.key.serialize(key),
}

export const addressedValue: Serializer<Addressed> = {
  name: 'of the topic',
  serialize: ({ sink, value }) => sink.value.serialize(value),
}

function checked(sink: ChosenSink, key: unknown, value: unknown): ChosenSink {
  if (typeof sink?.name !== 'string' || typeof sink.key?.serialize !== 'function') {
    throw new SluiceError('CALLBACK', 'the function of to() answered something else than a topic', {
      hint: 'return one that topic() made; leave records out before, with filter',
    })
  }
  if (key == null && value == null) {
    throw new SluiceError('NULL_KEY', `a record for ${sink.name} has neither a key nor a value`, {
      hint: 'leave such records out before, with filter',
    })
  }
  return sink
}
