import { expect, it } from 'vitest'
import { statusLine } from '../../src/cli/status-lines.js'

it('tells how far behind a pipeline is and what is held back', () => {
  const status = { state: 'running', tasks: [], standbys: [], records: 7, commits: 1, counters: {} } as const
  expect(statusLine({ ...status, lag: 0, inputs: [] })).toBe('running: 7 records done, 0 behind')
  const standbys = [
    { task: 'jobs-2', lag: 4 },
    { task: 'jobs-3', lag: 1 },
  ]
  expect(statusLine({ ...status, lag: 0, inputs: [], standbys })).toBe(
    'running: 7 records done, 0 behind; 2 standbys, 5 changes behind',
  )
  expect(statusLine({ ...status, lag: 0, inputs: [], standbys: [...standbys, { task: 'jobs-4' }] })).toMatch(
    /3 standbys, 5 changes behind, 1 of them opening$/,
  )
  const one = { ...status, records: 1, lag: 1, inputs: [], standbys: [{ task: 'jobs-2', lag: 1 }] }
  expect(statusLine(one)).toBe('running: 1 record done, 1 behind; 1 standby, 1 change behind')
  const flowing = { topic: 'jobs', partition: 0, lag: 3, age: 61_240, paused: undefined }
  const held = { topic: 'jobs', partition: 1, lag: 9, age: undefined, paused: 'its rate' }
  expect(statusLine({ ...status, lag: 12, inputs: [flowing, held] })).toBe(
    'running: 7 records done, 12 behind, the oldest 61.2 s old; jobs-1 (9 behind) held back: its rate',
  )
})
