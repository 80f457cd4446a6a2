import { random } from '../harness/random.js'
import type { InputRecord, Workload } from '../harness/workload.js'

const airports = ['ATL', 'BOS', 'DEN', 'DFW', 'JFK', 'LAS', 'LAX', 'MIA', 'ORD', 'PHX', 'SEA', 'SFO']
const firstTimestamp = Date.UTC(2001, 0, 1)

/** The key and status of each record come from here, for the records and for the plain loop alike. */
function* jobs(count: number, keys: number): Generator<{ key: string; completed: boolean; draw: () => number }> {
  const draw = random(7)
  for (let i = 0; i < count; i++) {
    const key = `import-${String(Math.floor(draw() * keys)).padStart(6, '0')}`
    // Two of three events are completions, so that the filter has something to do and the count more.
    yield { key, completed: draw() * 3 < 2, draw: random(i) }
  }
}

/** Counts the completed jobs per key: JSON of about 120 bytes, a filter, LevelDB or RocksDB state, a changelog. */
export function countPerKey(name: string, keys: number): Workload {
  return {
    name,
    title: `count of completed jobs per key, ${keys.toLocaleString('en')} keys`,
    partitions: 4,
    commitIntervalMs: 100,
    cacheBytes: 10 * 1024 * 1024,
    output: 'int64',
    kafkaStreams: 'CountPerKey',
    *records(count): Generator<InputRecord> {
      let id = 0
      for (const { key, completed, draw } of jobs(count, keys)) {
        const value = JSON.stringify({
          id: id++,
          importId: key,
          status: completed ? 'completed' : 'started',
          origin: airports[Math.floor(draw() * airports.length)],
          destination: airports[Math.floor(draw() * airports.length)],
          delay: Math.floor(draw() * 90) - 15,
          distance: 100 + Math.floor(draw() * 2500),
        })
        yield { key, value, timestamp: firstTimestamp + id }
      }
    },
    expected(count) {
      const counts = new Map<string, number>()
      for (const { key, completed } of jobs(count, keys)) {
        if (completed) counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return new Map(Array.from(counts, ([key, n]) => [key, String(n)]))
    },
  }
}
