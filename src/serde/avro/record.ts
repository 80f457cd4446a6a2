import { base, invalid, type Check } from './avsc.js'

/**
 * Avro's record: avsc's own takes any object in which no field is missing, a Date or bytes too where all fields have defaults,
 * and what every object has, such as `constructor`, for a field.
 */
export class PlainRecord extends base.RecordType {
  /** The fields, which avsc fills in. */
  set _fieldsByName(_: object) {
    Object.defineProperty(this, '_fieldsByName', { value: Object.create(null) })
  }

  override _createChecker(): Check {
    const check = super._createChecker()
    return function (this: PlainRecord, value, flags, hook, path) {
      return hasFields(value) ? check.call(this, value, flags, hook, path) : invalid(this, value, hook)
    }
  }
}

/** Whether a record or a map can be written from it: from an object that is no value of another type. */
export function hasFields(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !ArrayBuffer.isView(value) && !(value instanceof Date) && !(value instanceof Map)
}
