import type { Serde } from './serde.js'
import { cannotWrite } from './failure.js'

/** Bytes as they are: Kafka's `ByteArraySerializer`. Copied in both directions, so that nobody sees another's changes. */
export const bytes: Serde<Uint8Array> = {
  name: 'bytes',
  serialize(value) {
    check(value)
    return new Uint8Array(value)
  },
  deserialize: value => new Uint8Array(value),
  serializeInto(value, buffer, offset) {
    check(value)
    const spare = buffer.length - offset - value.length
    if (spare < 0) return spare
    buffer.set(value, offset)
    return value.length
  },
  deserializeFrom: (buffer, start, end) => new Uint8Array(buffer.subarray(start, end)),
}

function check(value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw cannotWrite('bytes', value, 'a Uint8Array (a Buffer is one)')
}
