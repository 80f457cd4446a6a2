/**
 * Entries of a database with newer ones laid over them; a newer `null` hides its key. Both come in the same byte order,
 * downwards where `reverse`.
 */
export async function* mergedEntries<T>(
  below: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
  newer: readonly (readonly [Buffer, Uint8Array | null])[],
  reverse: boolean,
  read: (stored: Uint8Array) => T,
): AsyncGenerator<readonly [Uint8Array, T]> {
  let next = 0
  for await (const [key, stored] of below) {
    let hidden = false
    for (; next < newer.length; next++) {
      const [newerKey, value] = newer[next]!
      const order = reverse ? Buffer.compare(key, newerKey) : Buffer.compare(newerKey, key)
      if (order > 0) break
      if (order === 0) hidden = true
      if (value !== null) yield [newerKey, read(value)]
    }
    if (!hidden) yield [key, read(stored)]
  }
  for (; next < newer.length; next++) {
    const [key, value] = newer[next]!
    if (value !== null) yield [key, read(value)]
  }
}
