import type { Copies } from '../serde.js'
import { isPlainList, isPlainObject } from './plain.js'

/**
 * Copies of JSON values, several times as fast as reading their text again. Unknown are those that would come back as
 * something else: with `undefined` in them, a number that is none, a Date or another instance of a class.
 */
export const jsonCopies: Copies<unknown> = { make, again, isSame }

function make(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      // JSON knows no -0.
      return Number.isFinite(value) ? value + 0 : undefined
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? copyArray(value) : copyObject(value)
    default:
      return undefined
  }
}

function copyArray(array: readonly unknown[]): unknown {
  if (!isPlainList(array)) return undefined
  const copy = array.slice()
  for (let i = 0; i < copy.length; i++) {
    const item = make(copy[i])
    if (item === undefined) return undefined
    copy[i] = item
  }
  return copy
}

function copyObject(object: object): unknown {
  if (!isPlainObject(object)) return undefined
  // All properties at once are cheaper than one after the other; what is not the same in a copy is then replaced.
  const copy: Record<string, unknown> = { ...object }
  for (const name in copy) {
    const value = copy[name]
    if (typeof value === 'string' || typeof value === 'boolean') continue
    if (typeof value === 'number' && value !== 0 && Number.isFinite(value)) continue
    const item = make(value)
    if (item === undefined) return undefined
    copy[name] = item
  }
  return Object.getOwnPropertySymbols(copy).length === 0 ? copy : undefined
}

/** What `make` gave holds nothing but JSON: only its objects have to be looked for. */
function again(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice()
    for (let i = 0; i < copy.length; i++) {
      const item = copy[i]
      if (typeof item === 'object' && item !== null) copy[i] = again(item)
    }
    return copy
  }
  const copy: Record<string, unknown> = { ...value }
  for (const name in copy) {
    const item = copy[name]
    if (typeof item === 'object' && item !== null) copy[name] = again(item)
  }
  return copy
}

function isSame(copy: unknown, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || typeof copy !== 'object' || copy === null) {
    return copy === value
  }
  if (Array.isArray(copy)) return Array.isArray(value) && isSameArray(copy, value)
  return !Array.isArray(value) && isSameObject(copy as Record<string, unknown>, value as Record<string, unknown>)
}

function isSameArray(copy: readonly unknown[], value: readonly unknown[]): boolean {
  if (copy.length !== value.length || !isPlainList(value)) return false
  for (let i = 0; i < copy.length; i++) if (!isSame(copy[i], value[i])) return false
  return true
}

/** The same properties in the same order, so that the text is the same too. */
function isSameObject(copy: Record<string, unknown>, value: Record<string, unknown>): boolean {
  if (!isPlainObject(value)) return false
  const names = Object.keys(copy)
  const others = Object.keys(value)
  if (names.length !== others.length) return false
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    if (others[i] !== name || !isSame(copy[name], value[name])) return false
  }
  return true
}
