import avsc from 'avsc'
import { SluiceError, errorText } from '../../errors.js'
import type { AvscType } from './avsc.js'
import { bigintLong } from './bigint.js'
import { BoundedArray, BoundedMap } from './blocks.js'
import { AnyBytes, AnyFixed } from './bytes.js'
import { CalendarDate, TimestampMillis } from './dates.js'
import { Double } from './double.js'
import { Enum } from './enum.js'
import { Float } from './float.js'
import { Int } from './int.js'
import { NumberLong } from './long.js'
import { PlainRecord } from './record.js'
import { naturalUnion } from './union.js'
import type { AvroLong } from './value.js'

const logicalTypes = { 'timestamp-millis': TimestampMillis, date: CalendarDate }
/** What lies under each type that is a Date to whoever uses it. */
export const logicalBases: Readonly<Record<string, string>> = { 'timestamp-millis': 'long', date: 'int' }

interface Options {
  readonly registry?: Record<string, unknown>
}

/**
 * The avsc type of a schema, with the types of this folder in place of avsc's own.
 *
 * @throws SluiceError BAD_ARGUMENT for what is no Avro schema
 */
export function parseSchema(schema: unknown, long: AvroLong): AvscType {
  const underlying = new Set<object>()
  const newLong = (): AvscType => (long === 'bigint' ? bigintLong : new NumberLong())
  const typeHook = (node: unknown, options: Options): AvscType | undefined => {
    if (Array.isArray(node)) return naturalUnion(node, options)
    if (node === 'bytes') return new AnyBytes()
    if (node === 'long') return newLong()
    if (node === 'int') return new Int()
    if (node === 'float') return new Float()
    if (node === 'double') return new Double()
    if (typeof node !== 'object' || node === null) return undefined
    const { type, logicalType } = node as { type?: unknown; logicalType?: unknown }
    // Avro allows { type: { type: 'string' } } anywhere; avsc expects the name.
    if (typeof type === 'object' && type !== null) return forSchema(type, options)
    if (typeof logicalType === 'string' && logicalType in logicalTypes) {
      // A logical type on another type than its own is ignored, as the specification says.
      if (type !== logicalBases[logicalType]) return forSchema({ ...node, logicalType: undefined }, options)
      // avsc asks for the logical type first, then, with the same node, for what lies under it.
      if (!underlying.delete(node)) {
        underlying.add(node)
        return undefined
      }
      return type === 'long' ? new NumberLong() : new Int()
    }
    switch (type) {
      case 'bytes':
        return new AnyBytes()
      case 'fixed':
        return new AnyFixed(node, options)
      case 'array':
        return new BoundedArray(node, options)
      case 'map':
        return new BoundedMap(node, options)
      case 'long':
        return newLong()
      case 'int':
        return new Int()
      case 'record':
      case 'error':
        // avsc makes objects by assignment, which takes this one for their prototype.
        if (hasField(node, '__proto__')) throw new Error('a field cannot be called __proto__')
        return new PlainRecord(node, options)
      case 'enum':
        return new Enum(node, options)
      case 'float':
        return new Float()
      case 'double':
        return new Double()
      default:
        return undefined
    }
  }

  function forSchema(node: unknown, options: object): AvscType {
    return avsc.Type.forSchema(node as never, options) as unknown as AvscType
  }

  try {
    return forSchema(schema, { typeHook, logicalTypes, omitRecordMethods: true })
  } catch (thrown) {
    throw new SluiceError('BAD_ARGUMENT', `avro: ${errorText(thrown)}`, {
      hint: 'see https://avro.apache.org/docs/1.12.0/specification/ for what a schema is',
      cause: thrown,
    })
  }
}

function hasField(record: object, name: string): boolean {
  const { fields } = record as { fields?: unknown }
  return Array.isArray(fields) && fields.some(field => (field as { name?: unknown } | null)?.name === name)
}
