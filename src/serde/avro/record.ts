import {
  base,
  invalid,
  type AvscField,
  type AvscRecord,
  type AvscType,
  type Check,
  type ResolverOptions,
} from './avsc.js'

/**
 * Avro's record: avsc's own takes any object in which no field is missing, a Date or bytes too where all fields have defaults,
 * and what every object has, such as `constructor`, for a field.
 */
export class PlainRecord extends base.RecordType {
  /** The fields, which avsc fills in. */
  set _fieldsByName(_: object) {
    Object.defineProperty(this, '_fieldsByName', { value: Object.create(null) })
  }

  /** What is read is a plain object: avsc gives each record a class of its own, so that it is equal to none. */
  override _createConstructor(...how: unknown[]): { prototype: object } {
    const made = super._createConstructor(...how)
    made.prototype = Object.prototype
    return made
  }

  override _createChecker(): Check {
    const check = super._createChecker()
    return function (this: PlainRecord, value, flags, hook, path) {
      return hasFields(value) ? check.call(this, value, flags, hook, path) : invalid(this, value, hook)
    }
  }

  /**
   * avsc looks the fields of both schemas up in plain objects, which have some names already; and it keeps the value of a
   * field `v` in a variable `_v`, which may be the name of the record.
   */
  override _update(resolver: { _read: unknown }, writer: AvscType, opts: ResolverOptions): void {
    // What is left without a reader cannot be read; avsc would look for the fields of a map.
    if (!('fields' in writer)) return
    const reader = Object.create(renamed(this), { _getConstructorName: { value: () => 'Read$' } }) as this
    super._update.call(reader, resolver, renamed(writer), opts)
  }
}

/** The same record, in which no field has a name that every object has. A `$` is in no name of Avro's. */
function renamed<T extends AvscType>(type: T): T {
  const { fields } = type as T & Partial<AvscRecord>
  if (fields === undefined || !fields.some(({ name, aliases }) => [name, ...aliases].some(isTaken))) return type
  return Object.create(type, { fields: { value: fields.map(renamedField) } }) as T
}

function renamedField(field: AvscField): AvscField {
  const free = (name: string) => (isTaken(name) ? `${name}$` : name)
  return Object.create(field, {
    name: { value: free(field.name) },
    aliases: { value: field.aliases.map(free) },
  }) as AvscField
}

function isTaken(name: string): boolean {
  return name in Object.prototype
}

/** Whether a record or a map can be written from it: from an object that is no value of another type. */
export function hasFields(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !ArrayBuffer.isView(value) && !(value instanceof Date) && !(value instanceof Map)
}
