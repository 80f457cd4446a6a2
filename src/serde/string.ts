import type { Serde } from './serde.js'
import { asBuffer } from './buffer.js'
import { cannotWrite } from './failure.js'
import { withOwn } from './own.js'
import { isAscii, readUtf8, writeUtf8 } from './text.js'

/**
 * Text as UTF-8, without a length: Kafka's `StringSerializer`. Bytes that are not UTF-8 read as U+FFFD, as Kafka's do.
 *
 * @example
 * topic('words', { key: string, value: string })
 */
export const string: Serde<string> = withOwn(
  {
    name: 'string',
    serialize(value) {
      if (typeof value !== 'string') throw refuse(value)
      return Buffer.from(value, 'utf8')
    },
    deserialize: bytes => readUtf8(asBuffer(bytes), 0, bytes.length),
    serializeInto(value, buffer, offset) {
      if (typeof value !== 'string') throw refuse(value)
      return writeUtf8(value, buffer, offset)
    },
    deserializeFrom: readUtf8,
  },
  { isExact: isAscii },
)

function refuse(value: unknown): Error {
  return cannotWrite('string', value, 'a string; name another serde (long, json, …) for other values')
}
