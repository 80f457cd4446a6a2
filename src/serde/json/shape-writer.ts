import { isPlainList, isPlainObject } from './plain.js'
import { mostLiteralBytes, mostParts } from './shape-limits.js'

/** What a shape answers for a value that is not of it: `JSON.stringify` is to write it. */
export const unwritten = -1

/** Writes a value at `offset`; answers the bytes written, or `unwritten`, for want of room too. */
export type ShapeWriter = (value: object, buffer: Buffer, offset: number) => number

/** No number or word of JSON is longer: `-1.2345678901234567e-308` has 24 bytes. */
const longestScalar = 32

/** Above this length V8 writes a text faster than a loop. */
const loopLimit = 96

/**
 * A function that writes plain objects with the same names in the same order as `value` has, several times as fast as
 * `JSON.stringify`: what lies between their values is known, and no text is made. It writes what `JSON.stringify` gives, or
 * answers `unwritten`. Scalars may change their type, an object or list may be null.
 *
 * @param text what `JSON.stringify` gave
 * @returns `undefined` where a shape would be no help: for instances of classes, `undefined`, large objects, or where code
 *   cannot be compiled (`--disallow-code-generation-from-strings`)
 */
export function shapeWriter(value: object, text: string): ShapeWriter | undefined {
  const code = new ShapeCode().of(value)
  if (code === undefined) return undefined
  try {
    // Of what comes from outside, only names are in the code, as JSON strings.
    // oxlint-disable-next-line typescript/no-implied-eval
    const write = new Function('integer', 'scalar', 'text', 'isPlain', 'isList', code)(
      writeInteger,
      writeScalar,
      writeText,
      isPlainObject,
      isPlainList,
    )
    const buffer = Buffer.alloc(text.length * 3 + mostLiteralBytes + longestScalar * mostParts)
    const length = (write as ShapeWriter)(value, buffer, 0)
    return buffer.toString('utf8', 0, Math.max(length, 0)) === text ? (write as ShapeWriter) : undefined
  } catch {
    return undefined
  }
}

/**
 * The code that writes one shape. `p` is the place in the buffer. What is not of texts or of further items of lists takes so
 * much at most, and beyond `m` there is no room for it.
 */
class ShapeCode {
  readonly #lines: string[] = []
  #parts = 0
  #literalBytes = 0
  #names = 0
  /** What comes next, not yet written. */
  #literal = ''

  of(value: object): string | undefined {
    this.#composite('v', value)
    this.#write()
    if (this.#parts > mostParts || this.#literalBytes > mostLiteralBytes) return undefined
    return `return function (v, b, o) {
let p = o
const m = b.length - ${this.#literalBytes + this.#parts * longestScalar}
if (p > m) return ${unwritten}
${this.#lines.join('\n')}
return p - o
}`
  }

  #composite(name: string, value: object): void {
    if (Array.isArray(value)) this.#list(name, value)
    else this.#object(name, value)
  }

  #object(name: string, value: object): void {
    const names = Object.keys(value)
    const [own, count] = [this.#name(), this.#name()]
    const known = names.map((each, i) => `case ${i}: if (n !== ${JSON.stringify(each)}) return ${unwritten}; break; `)
    this.#lines.push(
      `if (!isPlain(${name})) return ${unwritten}`,
      // `{ ...v, more }` has a hidden class for each object in V8 before 12, at which every look misses; its copy has not.
      `const ${own} = { ...${name} }`,
      `let ${count} = 0`,
      `for (const n in ${own}) switch (${count}++) { ${known.join('')}default: return ${unwritten} }`,
      `if (${count} !== ${names.length}) return ${unwritten}`,
    )
    let before = '{'
    for (const [each, part] of Object.entries(value)) {
      this.#literal += `${before}${JSON.stringify(each)}:`
      before = ','
      const field = this.#name()
      this.#lines.push(`const ${field} = ${own}[${JSON.stringify(each)}]`)
      this.#part(field, part)
    }
    this.#literal += names.length === 0 ? '{}' : '}'
  }

  /** Items are of the shape of the first one. */
  #list(name: string, value: readonly unknown[]): void {
    this.#lines.push(`if (!isList(${name})) return ${unwritten}`)
    if (value.length === 0) {
      this.#lines.push(`if (${name}.length > 0) return ${unwritten}`)
      this.#literal += '[]'
      return
    }
    this.#literal += '['
    this.#write()
    const [index, item] = [this.#name(), this.#name()]
    this.#lines.push(
      `for (let ${index} = 0; ${index} < ${name}.length; ${index}++) {`,
      `if (p > m) return ${unwritten}`,
      `if (${index} > 0) b[p++] = 44`,
      `const ${item} = ${name}[${index}]`,
    )
    this.#literalBytes++
    this.#part(item, value[0])
    this.#write()
    this.#lines.push('}', `if (p > m) return ${unwritten}`)
    this.#literal = ']'
  }

  #part(name: string, value: unknown): void {
    if (++this.#parts > mostParts) return
    if (typeof value === 'string') this.#text(name)
    else if (typeof value === 'number') this.#integer(name)
    else if (typeof value === 'object' && value !== null) this.#nested(name, value)
    else this.#scalar(name)
  }

  #nested(name: string, value: object): void {
    this.#write()
    this.#lines.push(`if (typeof ${name} === 'object' && ${name} !== null) {`)
    this.#composite(name, value)
    this.#write()
    this.#lines.push('} else {')
    this.#scalar(name)
    this.#lines.push('}')
  }

  /** Short ASCII without escapes is written here; other texts are `writeText`'s. */
  #text(name: string): void {
    this.#write()
    this.#lines.push(`if (typeof ${name} === 'string' && ${name}.length < ${loopLimit}) {
const n = ${name}.length
if (p + n > m) return ${unwritten}
b[p] = 34
let i = 0
for (; i < n; i++) {
const c = ${name}.charCodeAt(i)
if (c > 126 || c < 32 || c === 34 || c === 92) break
b[p + 1 + i] = c
}
if (i === n) {
b[p + 1 + n] = 34
p += n + 2
} else if ((p = text(${name}, b, p, m)) < 0) return ${unwritten}
} else {`)
    this.#scalar(name)
    this.#lines.push('}')
  }

  #integer(name: string): void {
    this.#write()
    this.#lines.push(
      `if (typeof ${name} === 'number' && (${name} | 0) === ${name}) p = integer(${name}, b, p)`,
      'else {',
    )
    this.#scalar(name)
    this.#lines.push('}')
  }

  #scalar(name: string): void {
    this.#write()
    this.#lines.push(`if ((p = scalar(${name}, b, p, m)) < 0) return ${unwritten}`)
  }

  #name(): string {
    return `v${this.#names++}`
  }

  #write(): void {
    const bytes = Buffer.from(this.#literal)
    this.#literal = ''
    if (bytes.length === 0) return
    this.#literalBytes += bytes.length
    this.#lines.push(Array.from(bytes, (byte, i) => `b[p + ${i}] = ${byte}`).join('; '), `p += ${bytes.length}`)
  }
}

/** Answers where the scalar ends that it wrote; below 0: it is none, or there is no room for it. */
function writeScalar(value: unknown, buffer: Buffer, offset: number, most: number): number {
  switch (typeof value) {
    case 'string':
      return writeText(value, buffer, offset, most)
    case 'number':
      return writeNumber(value, buffer, offset)
    case 'boolean':
      return writeAscii(value ? 'true' : 'false', buffer, offset)
    default:
      return value === null ? writeAscii('null', buffer, offset) : unwritten
  }
}

function writeNumber(value: number, buffer: Buffer, offset: number): number {
  if (!Number.isFinite(value)) return unwritten
  // Milliseconds since the epoch are of these.
  if (value > 2 ** 31 && value < 2 ** 53 && Math.floor(value) === value) {
    const high = Math.floor(value / 1e7)
    const middle = writeInteger(high, buffer, offset)
    writeDigits(value - high * 1e7, buffer, middle, middle + 7)
    return middle + 7
  }
  return writeAscii(`${value}`, buffer, offset)
}

/** An int32. */
function writeInteger(value: number, buffer: Buffer, offset: number): number {
  let p = offset
  let x = value
  if (x < 0) {
    buffer[p++] = 45
    x = -x
  }
  let end = p + 1
  for (let bound = 10; x >= bound; bound *= 10) end++
  writeDigits(x, buffer, p, end)
  return end
}

/** Fills `buffer[start, end)` with decimal digits. */
function writeDigits(value: number, buffer: Buffer, start: number, end: number): void {
  let x = value
  for (let q = end - 1; q >= start; q--) {
    const rest = Math.floor(x / 10)
    buffer[q] = 48 + x - rest * 10
    x = rest
  }
}

function writeText(value: string, buffer: Buffer, offset: number, most: number): number {
  const text = JSON.stringify(value)
  if (offset + text.length * 3 > most) return unwritten
  return offset + buffer.write(text, offset, 'utf8')
}

function writeAscii(text: string, buffer: Buffer, offset: number): number {
  for (let i = 0; i < text.length; i++) buffer[offset + i] = text.charCodeAt(i)
  return offset + text.length
}
