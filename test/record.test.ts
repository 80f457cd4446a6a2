import { inspect, isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RecordHeaders, type HeadersInit } from '../src/record.js'

describe('headers', () => {
  it('are bytes, text or null, in the order given', () => {
    const headers = RecordHeaders.from({ a: 'é', b: null }).with('a', Uint8Array.of(1))
    expect([...headers].map(([name]) => name)).toEqual(['a', 'b', 'a'])
    expect(headers.get('a')).toEqual(Uint8Array.of(1))
    expect(headers.get('b')).toBeNull()
    expect(headers.without('a').size).toBe(1)
    expect(RecordHeaders.from({ a: 'é' }).text('a')).toBe('é')
  })

  it('are compared and printed by what they hold', () => {
    const headers = RecordHeaders.from({ a: 'x' })
    expect(isDeepStrictEqual(headers, RecordHeaders.none)).toBe(false)
    expect(isDeepStrictEqual(headers, RecordHeaders.from({ a: 'y' }))).toBe(false)
    for (const value of [Uint8Array.of(120), Buffer.from('x')]) {
      expect(isDeepStrictEqual(headers, RecordHeaders.from([['a', value]]))).toBe(true)
    }
    expect(inspect(headers)).toContain("'a'")
  })

  it.each([
    ['a number', { attempt: 2 }],
    ['nothing', { attempt: undefined }],
    ['an object', { attempt: {} }],
    ['a list of numbers', [['attempt', [1, 2]]]],
  ])('are refused with %s as a value', (_, given) => {
    expect(() => RecordHeaders.from(given as unknown as HeadersInit)).toThrow(
      /BAD_ARGUMENT: the header attempt.*\n.*String/,
    )
  })
})
