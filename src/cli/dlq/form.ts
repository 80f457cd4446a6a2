import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { errorText, SluiceError } from '../../errors.js'
import { avro, bytes, float64, int32, int64, json, long, string, type Serde } from '../../serde/index.js'
import { UsageError } from '../args.js'
import { bytesText, hexText } from '../bytes-text.js'
import { controlInText } from '../control.js'

/** Bytes as a person reads and edits them. */
export interface Form {
  /** For a terminal. */
  show(bytes: Uint8Array | null): string
  /** For an editor; `undefined` where what is typed could not become the same bytes again. */
  edit(bytes: Uint8Array): string | undefined
  /** What was typed, as bytes. @throws SluiceError SERIALIZE, BAD_ARGUMENT */
  parse(text: string): Uint8Array
}

const serdes: Readonly<Record<string, Serde<any>>> = { string, json: json(), long, int32, int64, float64, bytes }

export const formNames: string = `${Object.keys(serdes).join('|')}|avro:<schema file>`

/**
 * By the name of a serde, `avro:<file>` for a schema. Without a name: JSON where the bytes are JSON, text where they are
 * text, otherwise hexadecimal.
 *
 * @throws UsageError
 */
export function formOf(name: string | undefined, option: string, usage: string): Form {
  if (name === undefined) return plain
  if (name.startsWith('avro:')) return serdeForm(avro<unknown>(schema(name.slice(5), option, usage) as object | string))
  const serde = Object.hasOwn(serdes, name) ? serdes[name] : undefined
  if (serde === undefined) throw new UsageError(`${option} is one of ${formNames}, not "${name}"`, usage)
  return name === 'bytes' ? hexadecimal : serdeForm(serde)
}

function schema(file: string, option: string, usage: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object
  } catch (error) {
    throw new UsageError(`${option} avro:${file}: ${errorText(error)}`, usage)
  }
}

function serdeForm(serde: Serde<any>): Form {
  return {
    show(value) {
      if (value === null) return 'null'
      try {
        const read: unknown = serde.deserialize(value)
        return typeof read === 'string' ? read : inspect(read, { depth: null, breakLength: 100, maxArrayLength: null })
      } catch (error) {
        return `${bytesText(value)}  (${error instanceof SluiceError ? error.what : errorText(error)})`
      }
    },
    edit(value) {
      try {
        const read: unknown = serde.deserialize(value)
        const text = typeof read === 'string' ? read : JSON.stringify(read, null, 2)
        return same(this.parse(text), value) ? text : undefined
      } catch {
        // Bytes that the serde does not read may be what has to be mended.
        return undefined
      }
    },
    parse: text => serde.serialize(serde === string ? text : parsed(text)),
  }
}

const hexadecimal: Form = {
  show: value => (value === null ? 'null' : hexText(value)),
  edit: hexText,
  parse(text) {
    const digits = text.trim().replace(/^0x/, '')
    if (digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits)) return Buffer.from(digits, 'hex')
    throw new SluiceError('BAD_ARGUMENT', 'these are no bytes in hexadecimal', {
      hint: 'write 0x and two digits a byte',
    })
  },
}

const plain: Form = {
  show(value) {
    if (value === null) return 'null'
    return plain.edit(value) ?? bytesText(value)
  },
  edit(value) {
    const text = utf8(value)
    if (text === undefined) return hexText(value)
    return pretty(text) ?? text
  },
  parse: text => Buffer.from(text),
}

/** What suits the bytes decides how they are read again. */
export function formFor(form: Form, value: Uint8Array): Form {
  if (form !== plain) return form.edit(value) === undefined ? formFor(plain, value) : form
  const text = utf8(value)
  if (text === undefined) return hexadecimal
  if (pretty(text) === undefined) return plain
  return { ...plain, parse: typed => Buffer.from(compact(typed)) }
}

/** JSON that says the same when it is read and written again: numbers beyond 2^53, for one, would not. */
function pretty(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? JSON.stringify(value, null, 2) : undefined
  } catch {
    return undefined
  }
}

function compact(typed: string): string {
  const short = JSON.stringify(parsed(typed))
  const bare = (text: string): string => text.replaceAll(/\s/g, '')
  return bare(short) === bare(typed) ? short : typed
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SluiceError('BAD_ARGUMENT', `this is no JSON: ${errorText(error)}`)
  }
}

function utf8(value: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
    return controlInText.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
