import type { Topic } from 'sluice'
import type { Step } from './play.js'
import type { Bar, Lane, Mark } from './timeline.js'

/** What came in by a topic. */
export function inputLane(
  steps: readonly Step[],
  topic: Topic<any, any>,
  { name = topic.name, refused = dropped }: { readonly name?: string; readonly refused?: (step: Step) => boolean } = {},
): Lane {
  const marks = steps
    .filter(step => step.topic === topic.name)
    .map((step): Mark => {
      const { at, before, key, value } = step
      const shape = refused(step) ? 'refused' : 'record'
      return { at, label: entry(key, value), key: shown(key), shape, ...(at < before ? { seenAt: before } : {}) }
    })
  return { name, marks }
}

/** It was counted, and nothing came of it. */
function dropped({ counted, told }: Step): boolean {
  return counted.length > 0 && [...told.values()].every(records => records.length === 0)
}

/** What went out to a topic, each at the stream time at which it was told. */
export function outputLane(steps: readonly Step[], topic: Topic<any, any>, name: string = topic.name): Lane {
  const marks = steps.flatMap(step =>
    step.told.get(topic.name)!.map(({ key, value }): Mark => {
      const plain = isWindow(key) ? key.key : key
      return { at: step.now, label: entry(key, value), key: shown(plain), shape: 'result' }
    }),
  )
  return { name, marks }
}

/** The windows that a topic of windowed results told of, each with its last value. */
export function windowLane(
  steps: readonly Step[],
  topic: Topic<any, any>,
  { name = 'windows, grace', grace = 0 }: { readonly name?: string; readonly grace?: number } = {},
): Lane {
  const bars = new Map<string, Bar>()
  for (const { key, value } of steps.flatMap(step => step.told.get(topic.name)!)) {
    const id = shown(key)
    bars.delete(id)
    if (value === null) continue
    bars.set(id, { from: key.start, to: key.end, key: shown(key.key), label: entry(key.key, value), grace })
  }
  return { name, bars: [...bars.values()].sort((a, b) => a.from - b.from) }
}

function entry(key: any, value: any): string {
  return `${shown(key)}${isWindow(key) ? ':' : ''} ${shown(value)}`
}

/** Keys and values as they are said in a picture. */
function shown(value: any): string {
  if (isWindow(value))
    return `${shown(value.key)} ${value.start / 1000}–${value.end === Number.MAX_SAFE_INTEGER ? '∞' : value.end / 1000}`
  return typeof value === 'object' && value !== null ? Object.values(value).map(shown).join(' ') : String(value)
}

function isWindow(key: any): key is { readonly key: unknown; readonly start: number; readonly end: number } {
  return typeof key === 'object' && key !== null && 'start' in key && 'end' in key
}
