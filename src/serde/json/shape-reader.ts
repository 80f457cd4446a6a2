import { readLatin1, readUtf8 } from '../text.js'
import { mostLiteralBytes, mostParts } from './shape-limits.js'

/** What a shape answers for bytes that are not of it, or not in the form it knows: `JSON.parse` is to read them. */
export const unmatched: unique symbol = Symbol('unmatched')

/** Reads the JSON value that is `buffer[start, end)`. */
export type ShapeReader = (buffer: Buffer, start: number, end: number) => unknown

/** Texts up to this length are looked up among the last ones before one more is made. */
const longestKept = 12
const kept: string[] = Array.from({ length: 4_096 }, () => '')

/** Between the parts of objects and arrays: as JavaScript and most of Java write them, and as Python does. */
const styles = [
  { comma: ',', colon: ':' },
  { comma: ', ', colon: ': ' },
]

/**
 * A function that reads values with the same names in the same order as `value`, written as `buffer[start, end)` is, about
 * three times as fast as `JSON.parse`: what lies between the values of such a text is known, so it is compared, not read.
 * The function is compiled, as avsc compiles the reader of a schema. It answers what `JSON.parse` does, or `unmatched`: at
 * every text that is not JSON, and at some that are. Scalars may change their type, an object or array may be null.
 *
 * `undefined` where a shape would be no help: for scalars, large objects, foreign spacing, or where code cannot be compiled
 * (`--disallow-code-generation-from-strings`).
 */
export function shapeReader(value: unknown, buffer: Buffer, start: number, end: number): ShapeReader | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const expected = JSON.stringify(value)
  for (const { comma, colon } of styles) {
    const read = compiled(new ShapeCode(comma, colon).of(value))
    if (read === undefined) return undefined
    if (JSON.stringify(read(buffer, start, end)) === expected) return read
  }
  return undefined
}

function compiled(code: string | undefined): ShapeReader | undefined {
  if (code === undefined) return undefined
  try {
    // Of what comes from outside, only names are in the code, as JSON strings.
    // oxlint-disable-next-line typescript/no-implied-eval
    return new Function('unmatched', 'scalar', 'place', 'short', 'latin1', code)(
      unmatched,
      readScalar,
      place,
      shortText,
      readLatin1,
    ) as ShapeReader
  } catch {
    return undefined
  }
}

/** The code that reads one shape. `p` is the place in the buffer, `v0`, `v1`, … the values. */
class ShapeCode {
  readonly #comma: string
  readonly #colon: string
  readonly #lines: string[] = []
  #parts = 0
  #literalBytes = 0
  #names = 0
  #known = true
  /** What has to come next, not yet compared. */
  #literal = ''

  constructor(comma: string, colon: string) {
    this.#comma = comma
    this.#colon = colon
  }

  of(value: object): string | undefined {
    const result = this.#composite(value)
    this.#compare()
    if (!this.#known || this.#parts > mostParts || this.#literalBytes > mostLiteralBytes) return undefined
    return `return function (b, s, e) {
let p = s, c = 0
${this.#lines.join('\n')}
return p === e ? ${result} : unmatched
}`
  }

  #composite(value: object): string {
    return Array.isArray(value) ? this.#array(value) : this.#object(value)
  }

  #object(value: object): string {
    const fields: string[] = []
    for (const [name, part] of Object.entries(value)) {
      // In a literal this name sets the prototype.
      if (name === '__proto__') this.#known = false
      const text = JSON.stringify(name)
      this.#literal += `${fields.length === 0 ? '{' : this.#comma}${text}${this.#colon}`
      fields.push(`${text}: ${this.#part(part)}`)
    }
    this.#literal += fields.length === 0 ? '{}' : '}'
    this.#compare()
    return this.#let(`{ ${fields.join(', ')} }`)
  }

  /** Items are of the shape of the first one. */
  #array(value: readonly unknown[]): string {
    if (value.length === 0) {
      this.#literal += '[]'
      this.#compare()
      return this.#let('[]')
    }
    this.#literal += '['
    this.#compare()
    const items = this.#let('[]')
    this.#lines.push('if (b[p] === 93) p++', 'else for (;;) {')
    const item = this.#part(value[0])
    this.#compare()
    this.#lines.push(`${items}.push(${item})`, 'if (b[p] === 93) { p++; break }')
    this.#literal = this.#comma
    this.#compare()
    this.#lines.push('}')
    return items
  }

  #part(value: unknown): string {
    if (++this.#parts > mostParts) {
      this.#known = false
      return 'null'
    }
    this.#compare()
    const name = this.#let('null')
    if (typeof value === 'string') this.#text(name, value)
    else if (typeof value === 'number') this.#integer(name)
    else if (typeof value === 'object' && value !== null) this.#nested(name, value)
    else this.#scalar(name)
    return name
  }

  #nested(name: string, value: object): void {
    this.#lines.push(`if (b[p] === ${Array.isArray(value) ? 91 : 123}) {`)
    this.#lines.push(`${name} = ${this.#composite(value)}`)
    this.#lines.push('} else {')
    this.#scalar(name)
    this.#lines.push('}')
  }

  /** Text without escapes is read here; the rest of what JSON has is `readScalar`'s. */
  #text(name: string, example: string): void {
    const isShort = example.length <= longestKept
    const ascii = isShort ? `p - q <= ${longestKept} ? short(b, q, p, h) : latin1(b, q, p)` : 'latin1(b, q, p)'
    this.#lines.push(`if (b[p] === 34) {
let q = ++p, u = false${isShort ? ', h = 0' : ''}
for (c = b[p]; c !== 34; c = b[++p]) {
if (c > 127) u = true
else if (!(c > 31) || c === 92) return unmatched
${isShort ? 'h = (h * 31 + c) | 0' : ''}
}
${name} = u ? b.utf8Slice(q, p) : ${ascii}
p++
} else {`)
    this.#scalar(name)
    this.#lines.push('}')
  }

  /** Whole numbers of up to 15 digits are read here. */
  #integer(name: string): void {
    this.#lines.push(`{
let q = p, n = 0
c = b[p]
const minus = c === 45
if (minus) c = b[++p]
const d = p
for (; c > 47 && c < 58; c = b[++p]) n = n * 10 + (c - 48)
const l = p - d
if (l === 0 || l > 15 || (l > 1 && b[d] === 48) || c === 46 || c === 101 || c === 69) {
p = q`)
    this.#scalar(name)
    this.#lines.push(`} else ${name} = minus ? -n : n`, '}')
  }

  #scalar(name: string): void {
    this.#lines.push(`${name} = scalar(b, p)`, `if (${name} === unmatched) return unmatched`, 'p = place.next')
  }

  #let(initial: string): string {
    const name = `v${this.#names++}`
    this.#lines.push(`let ${name} = ${initial}`)
    return name
  }

  /** Compares what has to come next with what does. */
  #compare(): void {
    const bytes = Buffer.from(this.#literal)
    this.#literal = ''
    if (bytes.length === 0) return
    this.#literalBytes += bytes.length
    const differs = Array.from(bytes, (byte, i) => `b[p + ${i}] !== ${byte}`)
    this.#lines.push(`if (${differs.join(' || ')}) return unmatched`, `p += ${bytes.length}`)
  }
}

/** Most short texts are of a few that come again and again; made once, they cost no memory and compare at once. */
function shortText(b: Buffer, start: number, end: number, hash: number): string {
  const slot = (hash ^ (hash >>> 12)) & 4_095
  const known = kept[slot]!
  const length = end - start
  if (known.length === length) {
    let i = 0
    while (i < length && known.charCodeAt(i) === b[start + i]) i++
    if (i === length) return known
  }
  return (kept[slot] = readLatin1(b, start, end))
}

/** Where the scalar that was read last ended. */
const place = { next: 0 }

const words: readonly { readonly bytes: Buffer; readonly value: boolean | null }[] = [
  { bytes: Buffer.from('true'), value: true },
  { bytes: Buffer.from('false'), value: false },
  { bytes: Buffer.from('null'), value: null },
]

/** The scalar at `p`, and in `place` where it ends; or `unmatched`. */
function readScalar(b: Buffer, p: number): unknown {
  const first = b[p]!
  if (first === 34) return readText(b, p + 1)
  if (first === 45 || (first > 47 && first < 58)) return readNumber(b, p)
  const word = words.find(({ bytes }) => bytes.every((byte, i) => b[p + i] === byte))
  if (word === undefined) return unmatched
  place.next = p + word.bytes.length
  return word.value
}

function readText(b: Buffer, start: number): unknown {
  let p = start
  for (let c = b[p]!; c !== 34; c = b[++p]!) if (!(c > 31) || c === 92) return unmatched
  place.next = p + 1
  return readUtf8(b, start, p)
}

/** Powers of ten that a double holds exactly, as it does every whole number of 15 digits: their quotient is exact to the last bit. */
const tens = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

/** By the grammar of RFC 8259, section 6. */
function readNumber(b: Buffer, start: number): unknown {
  let p = start
  let value = 0
  let c = b[p]!
  const minus = c === 45
  if (minus) c = b[++p]!
  const whole = p
  for (; c > 47 && c < 58; c = b[++p]!) value = value * 10 + (c - 48)
  let digits = p - whole
  if (digits === 0 || (digits > 1 && b[whole] === 48)) return unmatched
  let places = 0
  if (c === 46) {
    const fraction = p + 1
    for (c = b[++p]!; c > 47 && c < 58; c = b[++p]!) value = value * 10 + (c - 48)
    places = p - fraction
    if (places === 0) return unmatched
    digits += places
  }
  if (c === 101 || c === 69) {
    digits = Infinity
    c = b[++p]!
    if (c === 43 || c === 45) p++
    const exponent = p
    while (b[p]! > 47 && b[p]! < 58) p++
    if (p === exponent) return unmatched
  }
  place.next = p
  if (digits > 15) return Number(readLatin1(b, start, p))
  return (minus ? -value : value) / tens[places]!
}
