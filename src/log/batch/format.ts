/**
 * The layout of Kafka's record batch, magic 2 (KIP-98; `DefaultRecordBatch.java`). All numbers are big-endian.
 *
 * Invariants that every batch of this engine keeps:
 * - The CRC covers everything from the attributes to the end. Base offset and leader epoch lie before it, so a log may
 *   stamp them without touching the rest.
 * - Offset and timestamp deltas are relative to the header's base offset and base timestamp. A compacted batch keeps its
 *   base, its last offset delta and its records' deltas: `count` may be less than `lastOffset - baseOffset + 1`.
 * - Varints are written in their minimal length. A reader takes longer ones too, as Java's does.
 * - A length of -1 is null. Only null is: an empty key or value is not.
 * - The engine writes batches uncompressed, with create time.
 */
export const at = {
  baseOffset: 0, // int64
  length: 8, // int32: bytes that follow
  leaderEpoch: 12, // int32
  magic: 16, // int8
  crc: 17, // uint32
  attributes: 21, // int16
  lastOffsetDelta: 23, // int32
  baseTimestamp: 27, // int64
  maxTimestamp: 35, // int64
  producerId: 43, // int64
  producerEpoch: 51, // int16
  baseSequence: 53, // int32
  count: 57, // int32
  records: 61,
} as const

/** Bytes of a header; the records follow. */
export const headerBytes = 61
/** Bytes before those that the header's length counts. */
export const lengthPrefix = 12

export const attribute = { compression: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const
