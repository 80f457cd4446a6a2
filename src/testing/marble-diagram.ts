import { SluiceError } from '../errors.js'

/** What happens at a frame of a diagram. */
export interface Marble {
  readonly frame: number
  readonly letter: string
}

export interface MarbleDiagram {
  readonly marbles: readonly Marble[]
  /** The frame of `|`, or else the one after the last. */
  readonly end: number
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

/**
 * Reads a diagram by the conventions of RxJS's `TestScheduler`: `-` is a frame in which nothing happens, a letter or digit
 * a record, `(ab)` several in one frame (each sign still takes one), `10s ` between spaces a time, `|` the end; other
 * spaces only align. Source: https://rxjs.dev/guide/testing/marble-testing
 *
 * @param frame how long a frame takes, in milliseconds
 * @returns frames in milliseconds from the beginning
 * @throws SluiceError BAD_ARGUMENT
 */
export function parseMarbles(diagram: string, frame: number): MarbleDiagram {
  const marbles: Marble[] = []
  let time = 0
  let groupStart: number | undefined
  let end: number | undefined
  for (let at = 0; at < diagram.length; at++) {
    const sign = diagram[at]!
    if (sign === ' ') continue
    const duration = groupStart === undefined ? durationAt(diagram, at) : undefined
    if (duration !== undefined) {
      time += duration.ms
      at += duration.length - 1
      continue
    }
    if (end !== undefined && sign !== '-' && sign !== ')') throw unreadable(diagram, at, 'nothing follows the end')
    if (sign === '(') {
      if (groupStart !== undefined) throw unreadable(diagram, at, 'a group has no group inside')
      groupStart = time
    } else if (sign === ')') {
      if (groupStart === undefined) throw unreadable(diagram, at, 'no group is open')
      groupStart = undefined
    } else if (sign === '|') end = groupStart ?? time
    else if (/[A-Za-z0-9]/.test(sign)) marbles.push({ frame: groupStart ?? time, letter: sign })
    else if (sign !== '-') {
      throw unreadable(diagram, at, "use letters, digits, '-', '( )', '|' and times such as ' 10s '")
    }
    time += frame
  }
  if (groupStart !== undefined) throw unreadable(diagram, diagram.length, 'a group is not closed')
  return { marbles, end: end ?? time }
}

/** A time stands apart: at the beginning or behind a space, and before a space or the end. */
function durationAt(diagram: string, at: number): { readonly ms: number; readonly length: number } | undefined {
  if (at > 0 && diagram[at - 1] !== ' ') return undefined
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)(?= |$)/.exec(diagram.slice(at))
  return match === null ? undefined : { ms: Number(match[1]) * units[match[2]!]!, length: match[0].length }
}

/** Writes what happened as a diagram, one frame after the other, with times where little happens. */
export function drawMarbles(marbles: readonly Marble[], frame: number): string {
  let text = ''
  let time = 0
  for (let i = 0; i < marbles.length;) {
    const { frame: start } = marbles[i]!
    const letters: string[] = []
    while (marbles[i]?.frame === start) letters.push(marbles[i++]!.letter)
    text += pause(start - time, frame)
    time = start
    text += letters.length === 1 ? letters[0]! : `(${letters.join('')})`
    time += (letters.length === 1 ? 1 : letters.length + 2) * frame
  }
  return text.trim()
}

function pause(ms: number, frame: number): string {
  if (ms <= 0) return ''
  const frames = ms / frame
  return Number.isInteger(frames) && frames <= 20 ? '-'.repeat(frames) : ` ${ms}ms `
}

function unreadable(diagram: string, at: number, hint: string): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `the diagram "${diagram}" cannot be read at character ${at + 1}`, { hint })
}
