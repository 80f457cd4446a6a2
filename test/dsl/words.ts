import { json, long, store, string, topic } from '../../dsl/index.js'
import type { TestDriver } from '../../src/testing/index.js'

export const words = topic('words', { key: string, value: string })
export const out = topic('out', { key: string, value: json<unknown>() })
export const counts = store('counts', { key: string, value: long })

/** What came out: keys, values and timestamps. */
export const read = (driver: TestDriver): [key: string | null, value: unknown, timestamp: number][] =>
  driver
    .output(out)
    .read()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
