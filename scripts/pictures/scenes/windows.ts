import {
  hopping,
  long,
  pipeline,
  session,
  sliding,
  string,
  topic,
  tumbling,
  unlimited,
  windowed,
  type Topic,
} from 'sluice'
import type { SessionWindows, SlidingWindows, TimeWindows } from 'sluice'
import { inputLane, outputLane, windowLane } from '../lanes.js'
import { play, type Send } from '../play.js'
import type { Scene } from '../scene.js'

const clicks = topic('clicks', { key: string, value: string })
const counts = topic('counts', { key: windowed(string), value: long })
const late = topic('late', { key: string, value: string })

/** Counts per window, and what comes too late for any. */
function counted(
  name: string,
  title: string,
  windows: TimeWindows | SlidingWindows | SessionWindows,
  grace: number,
  sends: readonly (readonly [seconds: number, key: string])[],
  until: number,
): Scene {
  const draw = async () => {
    const app = pipeline('pictures')
    const grouped = app.stream(clicks).groupByKey()
    const by = windows.kind === 'session' ? grouped.windowedBy(windows) : grouped.windowedBy(windows)
    by.count().toStream().to(counts)
    by.late().to(late)
    const steps = await play(app, [counts, late], numbered(clicks, sends))
    const lanes = [
      inputLane(steps, clicks, { refused: ({ told }) => told.get(late.name)!.length > 0 }),
      windowLane(steps, counts, { grace }),
      outputLane(steps, counts, 'count()'),
      outputLane(steps, late, 'late()'),
    ]
    return { title, until: until * 1000, tick: 5000, lanes }
  }
  return { name, draw }
}

/** Numbers records in the order in which they come. */
function numbered(to: Topic<string, string>, sends: readonly (readonly [number, string])[]): Send[] {
  return sends.map(([seconds, key], i) => [to, seconds, key, String(i + 1)])
}

const emits: Scene = {
  name: 'emit-final-and-suppress',
  draw: async () => {
    const app = pipeline('pictures')
    const outputs = ['update', 'final', 'closed', 'waited'].map(name =>
      topic(name, { key: windowed(string), value: long }),
    )
    const [update, final, closed, waited] = outputs as [typeof counts, typeof counts, typeof counts, typeof counts]
    const by = app
      .stream(clicks)
      .groupByKey()
      .windowedBy(tumbling('10s', { grace: '5s' }))
    const table = by.count({ as: 'counts' })
    table.toStream().to(update)
    by.count({ as: 'final', emit: 'final' }).toStream().to(final)
    table.suppress({ until: 'window-closes', as: 'closed' }).toStream().to(closed)
    table.suppress({ until: '7s', as: 'waited' }).toStream().to(waited)
    const sends = [
      [1, 'a'],
      [4, 'b'],
      [7, 'a'],
      [13, 'a'],
      [9, 'a'],
      [16, 'b'],
      [18, 'a'],
      [27, 'a'],
    ] as const
    const steps = await play(app, outputs, numbered(clicks, sends))
    const lanes = [
      inputLane(steps, clicks),
      windowLane(steps, update, { grace: 5000 }),
      outputLane(steps, update, "emit: 'update'"),
      outputLane(steps, final, "emit: 'final'"),
      outputLane(steps, closed, "'window-closes'"),
      outputLane(steps, waited, "until: '7s'"),
    ]
    return { title: "tumbling('10s', { grace: '5s' }): what is told, and when", until: 35_000, tick: 5000, lanes }
  },
}

const endless: Scene = {
  name: 'unlimited',
  draw: async () => {
    const app = pipeline('pictures')
    app
      .stream(clicks)
      .groupByKey()
      .windowedBy(unlimited({ start: 5000 }))
      .count({ as: 'counts' })
      .toStream()
      .to(counts)
    const steps = await play(app, [counts], numbered(clicks, spread))
    const lanes = [inputLane(steps, clicks), windowLane(steps, counts), outputLane(steps, counts, 'count()')]
    return { title: 'unlimited({ start: 5000 })', until: 30_000, tick: 5000, lanes }
  },
}

const several: Scene = {
  name: 'cogroup',
  draw: async () => {
    const [orders, refunds] = [amounts('orders'), amounts('refunds')]
    const app = pipeline('pictures')
    app
      .stream(orders)
      .groupByKey()
      .cogroup((sum: number, amount) => sum + amount)
      .cogroup(app.stream(refunds).groupByKey(), (sum, amount) => sum - amount)
      .windowedBy(tumbling('10s', { grace: '2s' }))
      .aggregate(() => 0, { as: 'sums', value: long })
      .toStream()
      .to(counts)
    const steps = await play(
      app,
      [counts],
      [
        [orders, 1, 'a', 10],
        [orders, 4, 'b', 7],
        [refunds, 6, 'a', 3],
        [orders, 13, 'a', 5],
        [refunds, 9, 'b', 7],
        [orders, 8, 'a', 1],
        [refunds, 17, 'a', 2],
        [refunds, 8, 'a', 4],
        [orders, 25, 'b', 6],
      ],
    )
    const lanes = [
      inputLane(steps, orders),
      inputLane(steps, refunds),
      windowLane(steps, counts, { grace: 2000 }),
      outputLane(steps, counts, 'aggregate()'),
    ]
    return {
      title: "cogroup over tumbling('10s', { grace: '2s' }): the sum of orders less refunds",
      until: 36_000,
      tick: 5000,
      lanes,
    }
  },
}

function amounts(name: string): Topic<string, number> {
  return topic(name, { key: string, value: long })
}

const spread = [
  [1, 'a'],
  [3, 'b'],
  [8, 'a'],
  [12, 'a'],
  [9, 'b'],
  [17, 'a'],
  [6, 'a'],
  [24, 'b'],
] as const

/** The pictures of docs/windows.md. */
export const windows: readonly Scene[] = [
  counted('tumbling', "tumbling('10s', { grace: '5s' })", tumbling('10s', { grace: '5s' }), 5000, spread, 36),
  counted('hopping', "hopping('10s', '5s', { grace: '2s' })", hopping('10s', '5s', { grace: '2s' }), 2000, spread, 36),
  counted(
    'sliding',
    "sliding('5s', { grace: '2s' })",
    sliding('5s', { grace: '2s' }),
    2000,
    [
      [2, 'a'],
      [5, 'a'],
      [9, 'a'],
      [8, 'a'],
      [17, 'a'],
      [4, 'a'],
      [20, 'a'],
    ],
    30,
  ),
  counted(
    'session',
    "session('5s', { grace: '3s' })",
    session('5s', { grace: '3s' }),
    8000,
    [
      [1, 'a'],
      [5, 'a'],
      [13, 'a'],
      [8, 'a'],
      [15, 'b'],
      [26, 'a'],
      [6, 'b'],
      [29, 'a'],
    ],
    40,
  ),
  endless,
  several,
  emits,
]
