import { register } from 'node:module'

const copied = { bytes: 0 }
Object.assign(globalThis, { sluiceGuard: copied })

// A module's own functions cannot be replaced from outside, so the loop for short copies is counted in its source.
const hooks = `
export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.endsWith('/serde/copy-bytes.js')) return loaded
  const source = String(loaded.source)
  const counted = source.replace(/if \\(end - start < smallCopy\\)/, '$& globalThis.sluiceGuard.bytes += end - start;$&')
  if (counted === source) throw new Error('the guard does not know copyBytes any more')
  return { ...loaded, source: counted }
}`

/**
 * Counts what is copied from one buffer to another in JavaScript, in bytes, from here on: modules that were loaded before
 * are not counted in full. What LevelDB's binding and the sockets copy is not seen.
 */
export function countCopies(): { bytes: number } {
  register(`data:text/javascript,${encodeURIComponent(hooks)}`)
  const bytes = Uint8Array.prototype
  const { set, copyWithin } = bytes
  bytes.set = function (from, at) {
    copied.bytes += from.length
    return set.call(this, from, at)
  }
  bytes.copyWithin = function (this: Uint8Array, target: number, start: number, end: number = this.length) {
    copied.bytes += end - start
    return copyWithin.call(this, target, start, end)
  }
  const { copy } = Buffer.prototype
  Buffer.prototype.copy = function (this: Buffer, to: Uint8Array, at?: number, start?: number, end?: number) {
    const count = copy.call(this, to, at, start, end)
    copied.bytes += count
    return count
  }
  const { concat } = Buffer
  Buffer.concat = (list, length) => {
    const joined = concat(list, length)
    copied.bytes += joined.length
    return joined
  }
  return copied
}
