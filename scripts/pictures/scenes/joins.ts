import { json, pipeline, string, topic, type Topic } from 'sluice'
import { inputLane, outputLane } from '../lanes.js'
import { play, type Send } from '../play.js'
import type { Scene } from '../scene.js'
import type { Lane } from '../timeline.js'

const text = (name: string): Topic<string, string> => topic(name, { key: string, value: string })
const [left, right] = [text('left'), text('right')]
const [inner, outerLeft, outer] = [text('inner'), text('outer-left'), text('outer')]
const both = (a: string | null, b: string | null) => `${a} ${b}`

/** The example of Kafka's documentation: a window of 15 s, a grace of 5 s, one key. */
const streamStream: Scene = {
  name: 'join-streams',
  draw: async () => {
    const app = pipeline('pictures', { value: string })
    const [a, b] = [app.stream(left), app.stream(right)]
    const times = { within: '15s', grace: '5s' } as const
    a.join(b, both, { ...times, as: 'join' }).to(inner)
    a.leftJoin(b, both, { ...times, as: 'left-join' }).to(outerLeft)
    a.outerJoin(b, both, { ...times, as: 'outer-join' }).to(outer)
    const sends: Send[] = [
      [left, 3, 'k', 'A'],
      [right, 8, 'k', 'a'],
      [left, 15, 'k', 'B'],
      [left, 40, 'k', 'C'],
      [right, 33, 'k', 'b'],
      [left, 62, 'k', 'D'],
      [right, 84, 'k', 'c'],
      [left, 108, 'k', 'E'],
    ]
    const steps = await play(app, [inner, outerLeft, outer], sends)
    const lanes = [
      inputLane(steps, left),
      inputLane(steps, right),
      outputLane(steps, inner, 'join'),
      outputLane(steps, outerLeft, 'leftJoin'),
      outputLane(steps, outer, 'outerJoin'),
    ]
    return { title: "streams, { within: '15s', grace: '5s' }", until: 120_000, tick: 10_000, lanes }
  },
}

const streamTable: Scene = {
  name: 'join-table',
  draw: async () => {
    const [prices, orders] = [text('prices'), text('orders')]
    const [now, then] = [text('now'), text('then')]
    const run = async (history: boolean, to: Topic<string, string>, name: string): Promise<Lane[]> => {
      const app = pipeline('pictures', { value: string })
      const table = app.table(prices, history ? { as: 'prices', history: '30s' } : { as: 'prices' })
      app
        .stream(orders)
        .leftJoin(table, both, history ? { grace: '5s' } : {})
        .to(to)
      const sends: Send[] = [
        [orders, 2, 'k', 'A'],
        [prices, 5, 'k', '10'],
        [orders, 8, 'k', 'B'],
        [prices, 15, 'k', '20'],
        [orders, 12, 'k', 'C'],
        [orders, 18, 'k', 'D'],
        [prices, 17, 'k', '30'],
        [prices, 24, 'k', null],
        [orders, 27, 'k', 'E'],
        [prices, 34, 'k', '40'],
      ]
      const steps = await play(app, [to], sends)
      return [
        inputLane(steps, prices, { name: 'prices (table)' }),
        inputLane(steps, orders),
        outputLane(steps, to, name),
      ]
    }
    const plain = await run(false, now, 'leftJoin')
    const versioned = await run(true, then, "{ grace: '5s' }")
    const lanes = [...plain, versioned.at(-1)!]
    return { title: "a stream with a table: as it is, and with { history: '30s' }", until: 40_000, tick: 5000, lanes }
  },
}

const streamGlobal: Scene = {
  name: 'join-global-table',
  draw: async () => {
    const [orders, customers] = [topic('orders', { key: string, value: string }), text('customers')]
    const app = pipeline('pictures', { value: string })
    const people = app.globalTable(customers, { as: 'customers' })
    // The customer is in the value of an order.
    const on = (value: string) => value
    app.stream(orders).join(people, both, { on }).to(inner)
    app.stream(orders).leftJoin(people, both, { on }).to(outerLeft)
    const sends: Send[] = [
      [orders, 2, 'o1', 'x'],
      [customers, 5, 'x', 'Xenia'],
      [orders, 8, 'o2', 'x'],
      [orders, 12, 'o3', 'y'],
      [customers, 15, 'y', 'Yann'],
      [orders, 18, 'o4', 'y'],
      [customers, 22, 'x', 'Xaver'],
      [orders, 25, 'o5', 'x'],
      [customers, 29, 'y', null],
      [orders, 33, 'o6', 'y'],
    ]
    const steps = await play(app, [inner, outerLeft], sends)
    const lanes = [
      inputLane(steps, orders),
      inputLane(steps, customers, { name: 'customers (global)' }),
      outputLane(steps, inner, 'join'),
      outputLane(steps, outerLeft, 'leftJoin'),
    ]
    return { title: 'a stream with a global table, by a key in the values', until: 40_000, tick: 5000, lanes }
  },
}

const tableTable: Scene = {
  name: 'join-tables',
  draw: async () => {
    const app = pipeline('pictures', { value: string })
    const [a, b] = [app.table(left, { as: 'left' }), app.table(right, { as: 'right' })]
    a.join(b, both).toStream().to(inner)
    a.leftJoin(b, both).toStream().to(outerLeft)
    a.outerJoin(b, both).toStream().to(outer)
    const sends: Send[] = [
      [left, 2, 'k', 'A'],
      [right, 5, 'k', 'a'],
      [left, 9, 'k', 'B'],
      [right, 13, 'k', null],
      [right, 17, 'k', 'b'],
      [left, 21, 'k', null],
      [right, 25, 'k', null],
    ]
    const steps = await play(app, [inner, outerLeft, outer], sends)
    const lanes = [
      inputLane(steps, left, { name: 'left (table)' }),
      inputLane(steps, right, { name: 'right (table)' }),
      outputLane(steps, inner, 'join'),
      outputLane(steps, outerLeft, 'leftJoin'),
      outputLane(steps, outer, 'outerJoin'),
    ]
    return { title: 'two tables', until: 32_000, tick: 5000, lanes }
  },
}

const foreignKey: Scene = {
  name: 'join-foreign-key',
  draw: async () => {
    interface Order {
      readonly of: string
      readonly n: number
    }
    const orders = topic('orders', { key: string, value: json<Order>() })
    const customers = text('customers')
    const app = pipeline('pictures', { value: string })
    const table = app.table(orders, { as: 'orders' })
    const people = app.table(customers, { as: 'customers' })
    const on = ({ of }: Order) => of
    table
      .join(people, ({ n }, name) => `${n} ${name}`, { on, as: 'joined' })
      .toStream()
      .to(inner)
    table
      .leftJoin(people, ({ n }, name) => `${n} ${name}`, { on, as: 'left-joined' })
      .toStream()
      .to(outerLeft)
    const sends: Send[] = [
      [customers, 1, 'x', 'Xenia'],
      [orders, 4, 'o1', { of: 'x', n: 1 }],
      [orders, 8, 'o2', { of: 'y', n: 2 }],
      [orders, 12, 'o3', { of: 'x', n: 3 }],
      [customers, 16, 'y', 'Yann'],
      [customers, 20, 'x', 'Xaver'],
      [orders, 24, 'o1', { of: 'y', n: 1 }],
      [customers, 28, 'x', null],
      [orders, 32, 'o2', null],
    ]
    const steps = await play(app, [inner, outerLeft], sends)
    const lanes = [
      inputLane(steps, orders, { name: 'orders (table)' }),
      inputLane(steps, customers, { name: 'customers (table)' }),
      outputLane(steps, inner, 'join'),
      outputLane(steps, outerLeft, 'leftJoin'),
    ]
    return { title: 'tables, { on: order => order.of }', until: 38_000, tick: 5000, lanes }
  },
}

/** The pictures of docs/joins.md. */
export const joins: readonly Scene[] = [streamStream, streamTable, streamGlobal, tableTable, foreignKey]
