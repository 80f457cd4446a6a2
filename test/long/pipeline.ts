import { pipeline, session, sliding, string, topic, tumbling, type Pipeline } from '../../dsl/index.js'

export const application = 'long'

const texts = (name: string) => topic(name, { key: string, value: string })
export const left = texts('long-left')
export const right = texts('long-right')
export const prices = texts('long-prices')
export const inputs = [left, right, prices]

/** What came out of the operators. */
export interface Told {
  /** The sum of the counts of closed windows. */
  closed: number
  joined: number
  priced: number
  firsts: number
}

/** Operators that keep what is young and forget what is old. */
export const parts = ['tumbled', 'sessions', 'slid', 'joined', 'priced', 'firsts'] as const
export type Part = (typeof parts)[number]

/**
 * Such operators over streams and a table.
 *
 * @param keep milliseconds of stream time for which windows and histories are kept
 */
export function longPipeline(wanted: readonly Part[], keep: number, told: Told): Pipeline {
  const p = pipeline(application, { value: string })
  const lefts = p.stream(left)
  const grouped = lefts.groupByKey()
  const [size, grace] = [keep / 4, keep / 20]
  const all: Record<Part, () => unknown> = {
    tumbled: () =>
      grouped
        .windowedBy(tumbling(size, { grace }))
        .count({ as: 'tumbled', retention: keep })
        .suppress({ until: 'window-closes', as: 'closed' })
        .toStream({ tombstones: false })
        .forEach(count => void (told.closed += count)),
    sessions: () => grouped.windowedBy(session(size / 2, { grace })).count({ as: 'sessions', retention: keep * 2 }),
    slid: () => grouped.windowedBy(sliding(size / 4, { grace })).count({ as: 'slid', retention: keep }),
    joined: () =>
      lefts
        .leftJoin(p.stream(right), (a, b) => a + b, { within: size / 4, grace, as: 'joined' })
        .forEach(() => void told.joined++),
    priced: () =>
      lefts
        .join(p.table(prices, { as: 'prices', history: keep }), (a, b) => a + b, { grace, as: 'priced' })
        .forEach(() => void told.priced++),
    firsts: () =>
      lefts.dedupe({ by: value => value[0]!, within: size, as: 'firsts' }).forEach(() => void told.firsts++),
  }
  for (const part of wanted) all[part]()
  return p
}
