/** Stands for a key or value that nothing looks at: a sink copies its bytes instead. */
export const unread: unique symbol = Symbol('unread')

/** Where the bytes of an unread key and value lie. */
export interface UnreadBytes {
  readonly buffer: Buffer
  readonly keyStart: number
  /** -1: the key is null. */
  readonly keyEnd: number
  readonly valueStart: number
  /** -1: the value is null. */
  readonly valueEnd: number
}
