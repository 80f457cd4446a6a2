import { expect, test } from 'vitest'
import { mapRecord } from '../../src/operators/map-record.js'
import { RecordHeaders } from '../../src/record.js'
import { Harness } from './harness.js'

test('key, value, timestamp and headers of a record', () => {
  const harness = new Harness()
  harness.record.headers = RecordHeaders.from({ source: 'a' })
  const process = harness.operator(
    mapRecord((record: { key: string; value: number; headers: RecordHeaders }) => ({
      key: `${record.key}!`,
      value: record.value + 1,
      timestamp: 50,
      headers: record.headers.with('seen', 'yes'),
    })),
  )
  void process('k', 1, 9)
  expect(harness.read()).toEqual([{ key: 'k!', value: 2, timestamp: 50 }])
  expect(harness.headersSeen[0]!.text('seen')).toBe('yes')
  expect(harness.record.headers.has('seen')).toBe(false)
})

test('what is left out stays as it came; null is a key and a value; an empty list is no record', () => {
  const harness = new Harness()
  harness.record.headers = RecordHeaders.from({ source: 'a' })
  void harness.operator(mapRecord(() => ({ key: null, value: null })))('k', 1, 9)
  void harness.operator(mapRecord(() => []))('k', 1, 9)
  expect(harness.read()).toEqual([{ key: null, value: null, timestamp: 9 }])
  expect(harness.headersSeen[0]!.text('source')).toBe('a')
})

test('several records; the headers of one are not those of the next, over a suspension too', async () => {
  const harness = new Harness()
  let release: (() => void) | undefined
  harness.next = (_key, value) => (value === 1 ? new Promise<void>(resolve => (release = resolve)) : undefined)
  const process = harness.operator(
    mapRecord(() => [
      { key: 'a', value: 1, headers: { name: 'first' } },
      { key: 'b', value: 2 },
    ]),
  )
  const wait = process('k', 0, 9)
  expect(harness.record.headers.text('name')).toBe('first')
  release!()
  await wait
  expect(harness.read().map(({ key }) => key)).toEqual(['a', 'b'])
  expect(harness.headersSeen.map(headers => headers.text('name'))).toEqual(['first', undefined])
})

test('the former headers are back after an error downstream', async () => {
  const harness = new Harness()
  const process = harness.operator(mapRecord(() => ({ key: 'a', value: 1, headers: { name: 'mine' } })))
  harness.next = () => {
    throw new Error('downstream')
  }
  expect(() => process('k', 0, 9)).toThrow('downstream')
  expect(harness.record.headers.size).toBe(0)
  harness.next = () => Promise.reject(new Error('later'))
  await expect(process('k', 0, 9)).rejects.toThrow('later')
  expect(harness.record.headers.size).toBe(0)
})

test.each([
  ['nothing', undefined],
  ['no key', { value: 1 }],
  ['no value', { key: 'k' }],
  ['a negative time', { key: 'k', value: 1, timestamp: -1 }],
  ['a time beyond 2^53', { key: 'k', value: 1, timestamp: 2 ** 53 }],
  ['a promise', Promise.resolve({ key: 'k', value: 1 })],
])('%s is a failure of the record', (_what, answer) => {
  const harness = new Harness()
  void harness.operator(mapRecord((() => answer) as never))('k', 1, 9)
  expect(harness.failed()).toEqual(['CALLBACK'])
  expect(harness.read()).toEqual([])
})

test('all of an answer is checked before any of it is sent', () => {
  const harness = new Harness()
  void harness.operator(mapRecord((() => [{ key: 'k', value: 1 }, { key: 'k' }]) as never))('k', 1, 9)
  expect(harness.failed()).toEqual(['CALLBACK'])
  expect(harness.read()).toEqual([])
})
