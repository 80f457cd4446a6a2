import type { StateWrites } from './state-db.js'

/** Writes of whole keys and values, as those of slices. */
export abstract class SliceWrites implements StateWrites {
  abstract readonly length: number

  put(store: string, key: Uint8Array, value: Uint8Array): void {
    this.putSlices(store, key, 0, key.length, value, 0, value.length)
  }

  abstract putSlices(
    store: string,
    keys: Uint8Array,
    keyStart: number,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void

  delete(store: string, key: Uint8Array): void {
    this.deleteSlice(store, key, 0, key.length)
  }

  abstract deleteSlice(store: string, keys: Uint8Array, keyStart: number, keyEnd: number): void
}
