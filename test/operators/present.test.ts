import { describe, expect, it } from 'vitest'
import { present } from '../../src/operators/present.js'
import { Harness } from './harness.js'

describe('present', () => {
  const rows: [key: string | null, value: number | null][] = [
    ['k', 1],
    [null, 2],
    ['k', null],
    [null, null],
  ]
  it.each([
    [{ key: true, value: true }, [['k', 1]], ['NULL_KEY', 'DESERIALIZE', 'NULL_KEY']],
    [
      { key: true, value: false },
      [
        ['k', 1],
        ['k', null],
      ],
      ['NULL_KEY', 'NULL_KEY'],
    ],
    [
      { key: false, value: true },
      [
        ['k', 1],
        [null, 2],
      ],
      ['DESERIALIZE', 'DESERIALIZE'],
    ],
  ])('of %o passes %o', (needs, passed, codes) => {
    const harness = new Harness()
    const process = harness.operator(present(needs))
    for (const [key, value] of rows) void process(key, value, 5)
    expect(harness.read().map(({ key, value }) => [key, value])).toEqual(passed)
    expect(harness.failures.map(({ error }) => (error as { code: string }).code)).toEqual(codes)
  })
})
