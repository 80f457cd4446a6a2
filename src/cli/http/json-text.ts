/** A key or a value as one line of JSON: a bigint as its digits, bytes in base64, nothing as null. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null, replace)
}

/** With `this`, since `Buffer` and `Date` have turned into something else by the time they are handed over. */
function replace(this: unknown, name: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[name]
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
  return typeof value === 'bigint' ? String(value) : value
}
