import { base, type AvscType } from './avsc.js'
import { isLong } from './bigint.js'

/** The largest distance from the epoch that a Date holds, in milliseconds. */
const maxDate = 8.64e15

abstract class DateType extends base.LogicalType {
  protected abstract readonly unit: number

  _fromValue(value: number): Date {
    const ms = value * this.unit
    if (Math.abs(ms) > maxDate) throw new Error(`${value} is beyond what a Date holds`)
    return new Date(ms)
  }

  /** `undefined` and what is no integer are refused by the type below. */
  _toValue(value: unknown): number | undefined {
    return value instanceof Date ? value.getTime() / this.unit : undefined
  }

  _resolve(writer: AvscType): ((value: unknown) => unknown) | undefined {
    if (writer.typeName === this.typeName) return value => value
    // What a number rounds is beyond what a Date holds.
    return writer.typeName === 'int' || isLong(writer) ? value => this._fromValue(Number(value)) : undefined
  }
}

/** `timestamp-millis` on long. */
export class TimestampMillis extends DateType {
  protected get unit(): number {
    return 1
  }
}

/** `date` on int: days since the epoch; a Date with a time of day is refused. */
export class CalendarDate extends DateType {
  protected get unit(): number {
    return 86_400_000
  }
}
