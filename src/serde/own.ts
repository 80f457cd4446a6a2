import type { Serde } from './serde.js'

/** What says something of exactly this serde's bytes and values. */
type Own<T> = Pick<Serde<T>, 'isExact' | 'copies'>

/** Adds it so that `{ ...serde, deserialize }`, which reads otherwise, has nothing of it. */
export function withOwn<T>(serde: Serde<T>, own: Own<T>): Serde<T> {
  for (const [name, value] of Object.entries(own)) Object.defineProperty(serde, name, { value, enumerable: false })
  return serde
}
