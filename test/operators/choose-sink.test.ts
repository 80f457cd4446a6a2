import { describe, expect, it } from 'vitest'
import {
  addressedKey,
  addressedTopic,
  addressedValue,
  chooseSink,
  type Addressed,
} from '../../src/operators/choose-sink.js'
import { long, string } from '../../src/serde/index.js'
import { Harness } from './harness.js'

const texts = { name: 'texts', key: string, value: string }
const numbers = { name: 'numbers', key: string, value: long }

describe('chooseSink', () => {
  it('gives each record its topic and that topic’s serdes', () => {
    const harness = new Harness()
    const process = harness.operator(
      chooseSink<string, unknown>(value => (typeof value === 'string' ? texts : numbers)),
    )
    void process('a', 'text', 1)
    void process('b', 7, 2)
    const written = harness.read().map(({ key, value, timestamp }) => ({
      topic: addressedTopic(value as Addressed, key as Addressed),
      key: Buffer.from(addressedKey.serialize(key as Addressed)).toString(),
      value: Buffer.from(addressedValue.serialize(value as Addressed)).toString('hex'),
      timestamp,
    }))
    expect(written).toEqual([
      { topic: 'texts', key: 'a', value: Buffer.from('text').toString('hex'), timestamp: 1 },
      { topic: 'numbers', key: 'b', value: '0000000000000007', timestamp: 2 },
    ])
  })

  it('keeps null null, so that tombstones and keyless records are written as such', () => {
    const harness = new Harness()
    const process = harness.operator(chooseSink(() => texts))
    void process('a', null, 1)
    void process(null, 'b', 1)
    const [tombstone, keyless] = harness.read()
    expect(tombstone!.value).toBeNull()
    expect(addressedTopic(null, tombstone!.key as Addressed)).toBe('texts')
    expect(keyless!.key).toBeNull()
    expect(addressedTopic(keyless!.value as Addressed, null)).toBe('texts')
  })

  it('reports what is no topic, what throws, and records of nothing', () => {
    const harness = new Harness()
    const process = harness.operator(
      chooseSink<string | null, string | null>(value => {
        if (value === 'throw') throw new Error('I will not')
        return value === 'bad' ? (undefined as never) : texts
      }),
    )
    void process('k', 'throw', 1)
    void process('k', 'bad', 1)
    void process(null, null, 1)
    expect(harness.failures.map(({ error }) => (error as { code?: string }).code)).toEqual([
      undefined,
      'CALLBACK',
      'NULL_KEY',
    ])
    expect(harness.read()).toEqual([])
  })
})
