import { SluiceError, counted, errorText } from '../../errors.js'
import { checkKnown, type KnownOptions } from '../../known-options.js'
import { asBuffer } from '../buffer.js'
import { cannotRead, cannotWrite } from '../failure.js'
import type { Serde } from '../serde.js'
import type { AvscType, Resolver } from './avsc.js'
import { logicalBases, parseSchema } from './parse.js'
import type { AvroLong, AvroSchema, AvroValue } from './value.js'

/** What values of Avro are read as. */
export interface AvroOptions {
  /** `'bigint'` makes every `long` a bigint; by default it is a number, and an error beyond 2^53. */
  readonly long?: AvroLong
  /** The schema that the bytes were written with, where it differs: they are read as Avro resolves the two. Writing always
   * uses the serde's own schema. */
  readonly writer?: AvroSchema | object
}

const known: KnownOptions<AvroOptions> = { long: ['number', 'bigint'], writer: true }

/** A schema whose type is not a literal (a JSON import, say) says nothing about its values: name the type, `avro<T>(schema)`. */
type Inferred<S, O> = string extends (S extends { type: infer T } ? T : S)
  ? never
  : AvroValue<S, O extends { long: 'bigint' } ? 'bigint' : 'number'>

/**
 * Avro's binary encoding (https://avro.apache.org/docs/1.12.0/specification/) without a header. The value type is inferred
 * from the schema. Unions are never wrapped; records are objects with nothing but
 * their fields; `bytes` and `fixed` take any Uint8Array;
 * `timestamp-millis` and `date` are Dates, other logical types (decimals too) are what they lie on.
 *
 * @throws SluiceError BAD_ARGUMENT for what is no schema, or where `writer` cannot be read as `schema`
 * @example
 * const jobs = topic('jobs', {
 *   key: string,
 *   value: avro({ type: 'record', name: 'Job', fields: [{ name: 'id', type: 'string' }, { name: 'size', type: 'long' }] }),
 * })
 */
export function avro<const S extends AvroSchema, const O extends AvroOptions = {}>(
  schema: S,
  options?: O,
): Serde<Inferred<S, O>>
export function avro<T = never>(schema: object | string, options?: AvroOptions): Serde<T>
export function avro(schema: unknown, options: AvroOptions = {}): any {
  checkKnown('avro()', options, known)
  const type = parseSchema(schema, options.long ?? 'number')
  const resolver =
    options.writer === undefined ? undefined : resolverFrom(type, parseSchema(options.writer, options.long ?? 'number'))
  const name = `avro(${nameOf(schema)})`
  /** Where `serialize` writes first; grows to the largest value so far. */
  let scratch = Buffer.allocUnsafe(256)

  function write(value: unknown, buffer: Buffer, offset: number): number {
    let end: number
    try {
      end = type.encode(value, buffer, offset)
    } catch (thrown) {
      throw cannotWrite(name, value, wanted(type, value), thrown)
    }
    return end < 0 ? end : end - offset
  }

  function read(buffer: Buffer, start: number, end: number): unknown {
    let decoded: { value: unknown; offset: number }
    try {
      decoded = type.decode(buffer, start, resolver)
    } catch (thrown) {
      throw cannotRead(name, `${counted(end - start, 'byte')}: ${errorText(thrown)}`, undefined, thrown)
    }
    // avsc looks at the end of the buffer only; what it took beyond `end` belongs to somebody else.
    if (decoded.offset < 0 || decoded.offset > end)
      throw cannotRead(name, `${counted(end - start, 'byte')}: they end too early`)
    if (decoded.offset < end)
      throw cannotRead(name, `${counted(end - start, 'byte')}: ${end - decoded.offset} are left over`)
    return decoded.value
  }

  const serde: Serde<unknown> = {
    name,
    serialize(value) {
      let length = write(value, scratch, 0)
      if (length < 0) {
        scratch = Buffer.allocUnsafeSlow((scratch.length - length) * 2)
        length = write(value, scratch, 0)
      }
      return Buffer.from(scratch.subarray(0, length))
    },
    deserialize: bytes => read(asBuffer(bytes), 0, bytes.length),
    serializeInto: write,
    deserializeFrom: read,
  }
  return serde
}

function resolverFrom(reader: AvscType, writer: AvscType): Resolver {
  try {
    return reader.createResolver(writer, { ignoreNamespaces: true })
  } catch (thrown) {
    throw new SluiceError(
      'BAD_ARGUMENT',
      `avro: what \`writer\` wrote cannot be read as the schema: ${errorText(thrown)}`,
      {
        hint: 'give new fields a default, and see "Schema Resolution" in the Avro specification',
        cause: thrown,
      },
    )
  }
}

/** `field a.b: "x" is not …` for every wrong field. */
function wanted(type: AvscType, value: unknown): string {
  const faults: string[] = []
  type.isValid(value, {
    errorHook(path, wrong, wants) {
      faults.push(
        `${path.length === 0 ? 'the value' : `field ${path.join('.')}`} must be ${describe(wants)}, not ${show(wrong)}`,
      )
    },
  })
  return faults.length === 0 ? 'values of its schema' : `values of its schema: ${faults.slice(0, 5).join('; ')}`
}

/** The schema; in place of what lies under a Date, that. */
function describe(type: AvscType): string {
  const text = JSON.stringify(type.schema({ exportAttrs: true }), (_, part: { logicalType?: unknown } | null) =>
    Object.hasOwn(logicalBases, String(part?.logicalType)) ? 'Date' : part,
  )
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    return `a value of type ${typeof value}`
  }
  if (text === undefined) return 'undefined'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function nameOf(schema: unknown): string {
  if (typeof schema === 'string') return schema
  if (Array.isArray(schema)) return 'union'
  const { name, type } = schema as { name?: unknown; type?: unknown }
  return typeof name === 'string' ? name : typeof type === 'string' ? type : 'schema'
}
