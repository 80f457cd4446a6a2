import { controlInText } from './control.js'

// A carriage return alone goes back over the line.
const orders = new RegExp(`${controlInText.source}|\\r(?!\\n)`, 'gu')

/** A text that comes from data, for a terminal: control characters as `\u001b`; tabs and the ends of lines stay. */
export function visible(text: string): string {
  return text.replaceAll(orders, order => `\\u${order.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The largest distance from the epoch that a Date holds, in milliseconds. */
const maxDate = 8.64e15

/** A record's timestamp is any int64: as a date where it is one, else as the number. */
export function timeText(time: number): string {
  return Math.abs(time) <= maxDate ? new Date(time).toISOString() : String(time)
}
