import { expect, it } from 'vitest'
import { noFigures, together, turned } from '../../../src/runtime/threads/figures.js'
import type { Figures } from '../../../src/runtime/options.js'

const figures = (more: Partial<Figures>): Figures => ({ ...noFigures, ...more })

it('adds up what threads count', () => {
  const one = figures({
    state: 'running',
    tasks: ['a-0'],
    standbys: [{ task: 'b-0', lag: 2 }],
    records: 5,
    lag: 1,
    inputs: [{ topic: 'a', partition: 0, lag: 1, age: 5, paused: undefined }],
    commits: 2,
    counters: { late: 1, skipped: 1 },
  })
  const two = figures({
    state: 'running',
    tasks: ['a-1'],
    standbys: [{ task: 'b-1' }],
    records: 7,
    lag: 0,
    commits: 3,
    counters: { late: 2 },
  })
  expect(together([one, two])).toEqual({
    state: 'running',
    tasks: ['a-0', 'a-1'],
    standbys: [{ task: 'b-0', lag: 2 }, { task: 'b-1' }],
    records: 12,
    lag: 1,
    inputs: one.inputs,
    commits: 5,
    counters: { late: 3, skipped: 1 },
  })
})

it.each([
  [['running', 'starting'], 'starting'],
  [['restoring', 'rebalancing'], 'rebalancing'],
  [['running', 'restoring'], 'restoring'],
  [['running', 'closing'], 'closing'],
  [['paused', 'paused'], 'paused'],
] as const)('shows %j as %s', (states, state) => {
  expect(together(states.map(each => figures({ state: each }))).state).toBe(state)
})

it('sees a change of state, tasks or standbys, and not one of numbers', () => {
  const before = figures({ state: 'running', tasks: ['a-0'] })
  expect(turned(before, { ...before, records: 3, lag: 2 })).toBe(false)
  expect(turned(before, { ...before, state: 'rebalancing' })).toBe(true)
  expect(turned(before, { ...before, tasks: ['a-0', 'a-1'] })).toBe(true)
  const standby = { ...before, standbys: [{ task: 'a-1', lag: 1 }] }
  expect(turned(before, standby)).toBe(true)
  expect(turned(standby, { ...before, standbys: [{ task: 'a-1', lag: 0 }] })).toBe(false)
})
