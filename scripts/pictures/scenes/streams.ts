import { long, pipeline, string, topic, type Topic } from 'sluice'
import { inputLane, outputLane } from '../lanes.js'
import { play, type Send } from '../play.js'
import type { Scene } from '../scene.js'

const numbers = topic('numbers', { key: string, value: long })
const number = (name: string): Topic<string, number> => topic(name, { key: string, value: long })

const sends: readonly Send[] = [
  [numbers, 1, 'a', 1],
  [numbers, 4, 'b', 2],
  [numbers, 7, 'a', 3],
  [numbers, 10, 'c', 4],
  [numbers, 13, 'b', 5],
  [numbers, 16, 'a', 6],
]

const stateless: Scene = {
  name: 'stateless',
  draw: async () => {
    const outputs = ['filter', 'map', 'flat-map', 'select-key'].map(number)
    const [filtered, mapped, flat, keyed] = outputs as [typeof numbers, typeof numbers, typeof numbers, typeof numbers]
    const app = pipeline('pictures', { value: long })
    const stream = app.stream(numbers)
    stream.filter(n => n % 2 === 1).to(filtered)
    stream.map(n => n * 10).to(mapped)
    stream.flatMap(n => (n < 3 ? [n, n * 10] : [])).to(flat)
    stream.selectKey(n => (n > 3 ? 'big' : 'small')).to(keyed)
    const steps = await play(app, outputs, sends)
    const lanes = [
      inputLane(steps, numbers),
      outputLane(steps, filtered, 'filter: odd'),
      outputLane(steps, mapped, 'map: × 10'),
      outputLane(steps, flat, 'flatMap'),
      outputLane(steps, keyed, 'selectKey'),
    ]
    return { title: 'filter, map, flatMap, selectKey', until: 20_000, tick: 5000, lanes }
  },
}

const patterns: Scene = {
  name: 'patterns',
  draw: async () => {
    const outputs = ['copied-0', 'copied-1', 'odd', 'big', 'rest', 'merged'].map(number)
    const [first, second, odd, big, rest, merged] = outputs as [Topic<string, number>, ...Topic<string, number>[]]
    const app = pipeline('pictures', { value: long })
    const stream = app.stream(numbers)
    const copies = stream.copy(2)
    copies[0].to(first)
    copies[1].map(n => -n).to(second!)
    const parts = stream.split({ odd: n => n % 2 === 1, big: n => n > 3 })
    parts.odd.to(odd!)
    parts.big.to(big!)
    parts.rest.to(rest!)
    parts.odd.merge(parts.rest.map(n => n * 100)).to(merged!)
    const steps = await play(app, outputs, sends)
    const lanes = [
      inputLane(steps, numbers),
      outputLane(steps, first, 'copy(2)[0]'),
      outputLane(steps, second!, 'copy(2)[1]: −n'),
      outputLane(steps, odd!, 'split: odd'),
      outputLane(steps, big!, 'split: > 3'),
      outputLane(steps, rest!, 'split: rest'),
      outputLane(steps, merged!, 'odd, rest × 100'),
    ]
    return { title: 'copy, split, merge', until: 20_000, tick: 5000, lanes }
  },
}

const sharded: Scene = {
  name: 'shard',
  draw: async () => {
    const outputs = ['shard-0', 'shard-1'].map(number)
    const app = pipeline('pictures', { value: long })
    // What a task of the shards gets goes to a topic of its own.
    app
      .stream(numbers)
      .shard({ by: (n, key) => `${key}${n % 2}`, shards: 2 })
      .to((_value, _key, { partition }) => outputs[partition]!)
    const steps = await play(app, outputs, sends)
    const lanes = [inputLane(steps, numbers), ...outputs.map((output, i) => outputLane(steps, output, `task ${i}`))]
    return { title: 'shard({ by: (n, key) => `${key}${n % 2}`, shards: 2 })', until: 20_000, tick: 5000, lanes }
  },
}

const deduped: Scene = {
  name: 'dedupe',
  draw: async () => {
    const events = topic('events', { key: string, value: string })
    const once = topic('once', { key: string, value: string })
    const app = pipeline('pictures', { value: string })
    app
      .stream(events)
      .dedupe({ by: id => id, within: '5s', grace: '10s' })
      .to(once)
    const times = [
      [1, 'a', 'x'],
      [3, 'a', 'x'],
      [4, 'b', 'x'],
      [8, 'a', 'x'],
      [6, 'a', 'y'],
      [10, 'a', 'y'],
      [21, 'a', 'x'],
      [9, 'b', 'x'],
      [23, 'a', 'x'],
    ] as const
    const steps = await play(
      app,
      [once],
      times.map(([at, key, id]) => [events, at, key, id]),
    )
    return {
      title: "dedupe({ by: id => id, within: '5s', grace: '10s' })",
      until: 28_000,
      tick: 5000,
      lanes: [inputLane(steps, events), outputLane(steps, once, 'dedupe')],
    }
  },
}

/** The pictures of docs/streams.md and of docs/processors.md. */
export const streams: readonly Scene[] = [stateless, patterns, sharded, deduped]
