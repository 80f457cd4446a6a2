/** A key or a value as one line of JSON: a bigint as its digits, bytes in base64, nothing as null, NaN and Infinity by name. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null, replace)
}

/** With `this`, since `Buffer` and `Date` have turned into something else by the time they are handed over. */
function replace(this: unknown, name: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[name]
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
  // JSON would have null for a number that is none.
  const named = typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))
  return named ? String(value) : value
}
