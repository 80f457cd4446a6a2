type AnyFunction = (...args: never[]) => unknown

/**
 * Whether a callback may look at its argument number `position` (from 0). Decided from `length` and the source text, and
 * never too narrow: rest parameters, default values, `arguments`, `eval`, native and bound code count as looking.
 *
 * @example
 * looksAt((value, key) => key, 1)     // true
 * looksAt(value => value.done, 1)     // false
 */
export function looksAt(callback: AnyFunction, position: number): boolean {
  return callback.length > position || isOpaque(callback)
}

/** Whether a callback of `(value, key, record)` may look at the value, if only through the record. */
export function looksAtValue(callback: AnyFunction): boolean {
  return looksAt(callback, 0)
}

/** Whether a callback of `(value, key, record)` may look at the key, if only through the record. */
export function looksAtKey(callback: AnyFunction): boolean {
  return looksAt(callback, 1)
}

/** Whether a callback of `(value, key, record)` may look at the record, which is only made for those that do. */
export function wantsRecord(callback: AnyFunction): boolean {
  return looksAt(callback, 2)
}

function isOpaque(callback: AnyFunction): boolean {
  const source = Function.prototype.toString.call(callback)
  if (/\[native code\]|\barguments\b|\beval\b|^class\b/.test(source)) return true
  const parameters = parameterText(source)
  // Before the first default value or rest parameter `length` counts every parameter; after it, none.
  return parameters === undefined || /=|\.\.\./.test(parameters)
}

/** The text between the parentheses of the parameter list; `undefined` where that is not plain to see. */
function parameterText(source: string): string | undefined {
  const open = source.indexOf('(')
  const arrow = source.indexOf('=>')
  if (arrow !== -1 && (open === -1 || arrow < open)) return ''
  // A computed name may hold parentheses, and a comment anything.
  if (open === -1 || /[[/'"`]/.test(source.slice(0, open))) return undefined
  let depth = 0
  for (let i = open; i < source.length; i++) {
    const character = source[i]!
    if (/['"`/]/.test(character)) return undefined
    if (character === '(') depth++
    if (character === ')' && --depth === 0) return source.slice(open + 1, i)
  }
  return undefined
}
