/**
 * The layout of the database. The first byte of a key says what it is; numbers are big-endian, so that byte order is
 * offset order.
 *
 * | key | value |
 * |---|---|
 * | `\0sluice` | JSON: the format and its version |
 * | `t` name | JSON: a topic's number, id, partitions, settings |
 * | `d` topic number | empty: the topic is dropped, its records are not cleared away yet |
 * | `m` topic number, partition | JSON: the start of the partition, and how far it is compacted |
 * | `l` topic number, partition, base offset (int64) | a record batch |
 * | `p` JSON of group, topic, partition | int64 offset, then the position's text |
 * | `s` number of the store, key | state (`src/store/level-db.ts`) |
 */
export const markerKey: Buffer = Buffer.from('\0sluice')
export const statePrefix = 's'

const two32 = 0x1_0000_0000

export function topicKey(name: string): Buffer {
  return Buffer.from(`t${name}`)
}

export function droppedKey(topic: number): Buffer {
  const key = Buffer.from('d....')
  key.writeUInt32BE(topic, 1)
  return key
}

export function markKey(topic: number, partition: number): Buffer {
  return partitionKey('m', topic, partition, 9)
}

/** The entry of a batch. Offsets up to 2^53; Infinity stands for the key after all of them. */
export function entryKey(topic: number, partition: number, offset: number): Buffer {
  const key = partitionKey('l', topic, partition, 17)
  key.writeUInt32BE(offset === Infinity ? 0xffff_ffff : Math.floor(offset / two32), 9)
  key.writeUInt32BE(offset === Infinity ? 0xffff_ffff : offset % two32, 13)
  return key
}

/** The base offset in an entry's key. */
export function entryOffset(key: Buffer): number {
  return key.readUInt32BE(9) * two32 + key.readUInt32BE(13)
}

export function positionKey(group: string, topic: string, partition: number): Buffer {
  return Buffer.from(`p${JSON.stringify([group, topic, partition])}`)
}

/** The bounds of all keys that begin with `kind`. */
export function all(kind: string): { readonly gte: Buffer; readonly lt: Buffer } {
  return { gte: Buffer.from(kind), lt: Buffer.from([kind.charCodeAt(0) + 1]) }
}

function partitionKey(kind: string, topic: number, partition: number, length: number): Buffer {
  const key = Buffer.alloc(length)
  key.write(kind)
  key.writeUInt32BE(topic, 1)
  key.writeUInt32BE(partition, 5)
  return key
}
