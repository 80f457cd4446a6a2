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
  watch(Uint8Array.prototype, 'set', set => {
    return function (this: Uint8Array, from: ArrayLike<number>, at?: number) {
      copied.bytes += from.length
      return set.call(this, from, at)
    }
  })
  watch(Uint8Array.prototype, 'copyWithin', copyWithin => {
    return function (this: Uint8Array, target: number, start: number, end: number = this.length) {
      copied.bytes += end - start
      return copyWithin.call(this, target, start, end)
    }
  })
  watch(Buffer.prototype, 'copy', copy => {
    return function (this: Buffer, to: Uint8Array, at?: number, start?: number, end?: number) {
      const count = copy.call(this, to, at, start, end)
      copied.bytes += count
      return count
    }
  })
  watch(Buffer, 'concat', concat => (list, length) => {
    const joined = concat(list, length)
    copied.bytes += joined.length
    return joined
  })
  return copied
}

function watch<T, K extends keyof T>(of: T, name: K, counting: (original: T[K]) => T[K]): void {
  of[name] = counting(of[name])
}
