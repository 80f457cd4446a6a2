/** Opens the records of a batch; throws where they are damaged or larger than that. */
export type Inflate = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer

/** Told before anything is unpacked, so that a small batch cannot fill the memory. */
export function checkLength(length: number, maxOutputLength: number): void {
  if (length > maxOutputLength) {
    throw new Error(`it may unpack to ${length} bytes, and more than ${maxOutputLength} are not taken`)
  }
}
