import type { Crew } from '../crew.js'
import type { Figures, RunState } from '../options.js'

/** What a thread that has not said anything yet is doing. */
export const noFigures: Figures = {
  state: 'starting',
  tasks: [],
  standbys: [],
  records: 0,
  lag: 0,
  inputs: [],
  commits: 0,
  counters: {},
}

export function figuresOf({ state, tasks, standbys, records, lag, inputs, commits, counters }: Crew): Figures {
  return { state, tasks, standbys, records, lag, inputs, commits, counters }
}

/** Whether the difference is one that should be seen at once. */
export function turned(before: Figures, now: Figures): boolean {
  const names = ({ tasks, standbys }: Figures): string => [...tasks, '', ...standbys.map(({ task }) => task)].join()
  return before.state !== now.state || names(before) !== names(now)
}

/** The state of several: the first of these that any of them is in. */
const order: readonly RunState[] = ['error', 'starting', 'rebalancing', 'restoring', 'closing', 'running', 'paused']

/** The figures of several threads as one. */
export function together(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number => all.reduce((total, figures) => total + of(figures), 0)
  const counters: Record<string, number> = {}
  for (const figures of all) {
    for (const [name, count] of Object.entries(figures.counters)) counters[name] = (counters[name] ?? 0) + count
  }
  return {
    state: order.find(state => all.some(figures => figures.state === state)) ?? 'closed',
    tasks: all.flatMap(({ tasks }) => tasks),
    standbys: all.flatMap(({ standbys }) => standbys),
    records: sum(({ records }) => records),
    lag: sum(({ lag }) => lag),
    inputs: all.flatMap(({ inputs }) => inputs),
    commits: sum(({ commits }) => commits),
    counters,
  }
}
