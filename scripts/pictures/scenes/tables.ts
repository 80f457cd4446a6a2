import { json, long, pipeline, string, topic, type Topic } from 'sluice'
import type { ProcessorContext } from 'sluice/processor'
import { inputLane, outputLane } from '../lanes.js'
import { play, type Send } from '../play.js'
import type { Scene } from '../scene.js'

interface Person {
  readonly in: string
  readonly age: number
}

const people = topic('people', { key: string, value: json<Person>() })
const sum = (name: string): Topic<string, number> => topic(name, { key: string, value: long })

const groups: Scene = {
  name: 'table-groups',
  draw: async () => {
    const [counts, ages, old] = [sum('counts'), sum('ages'), sum('old')]
    const app = pipeline('pictures', { value: json() })
    const table = app.table(people, { as: 'people' })
    table
      .filter(({ age }) => age >= 30)
      .map(({ age }) => age)
      .toStream()
      .to(old)
    const byCity = table.groupBy(({ in: city, age }) => [city, age], { value: long })
    byCity.count({ as: 'by-city' }).toStream().to(counts)
    const subtract = (total: number, age: number) => total - age
    byCity
      .aggregate(
        () => 0,
        (total, age) => total + age,
        subtract,
        { as: 'ages', value: long },
      )
      .toStream()
      .to(ages)
    const sends: Send[] = [
      [people, 1, 'ada', { in: 'Rome', age: 30 }],
      [people, 6, 'bob', { in: 'Rome', age: 20 }],
      [people, 12, 'ada', { in: 'Oslo', age: 30 }],
      [people, 18, 'bob', { in: 'Rome', age: 41 }],
      [people, 24, 'ada', null],
    ]
    const steps = await play(app, [counts, ages, old], sends)
    const lanes = [
      inputLane(steps, people, { name: 'people (table)' }),
      outputLane(steps, old, 'filter: age ≥ 30'),
      outputLane(steps, counts, 'by city: count'),
      outputLane(steps, ages, 'by city: ages'),
    ]
    return { title: 'a table, filtered and grouped by another key', until: 32_000, tick: 5000, lanes }
  },
}

const held: Scene = {
  name: 'suppress-time',
  draw: async () => {
    const values = topic('values', { key: string, value: string })
    const [told, early] = [
      topic('told', { key: string, value: string }),
      topic('early', { key: string, value: string }),
    ]
    const app = pipeline('pictures', { value: string })
    const table = app.table(values, { as: 'values' })
    table.suppress({ until: '8s', as: 'by-time' }).toStream().to(told)
    const buffer = { maxRecords: 1, whenFull: 'emit' } as const
    table.suppress({ until: '8s', buffer, as: 'by-size' }).toStream().to(early)
    const times = [
      [1, 'a'],
      [3, 'b'],
      [5, 'a'],
      [8, 'a'],
      [11, 'b'],
      [16, 'c'],
      [25, 'c'],
      [34, 'a'],
    ] as const
    const steps = await play(
      app,
      [told, early],
      times.map(([at, key], i) => [values, at, key, String(i + 1)]),
    )
    const lanes = [
      inputLane(steps, values, { name: 'values (table)' }),
      outputLane(steps, told, "until: '8s'"),
      outputLane(steps, early, 'maxRecords: 1'),
    ]
    return { title: "suppress({ until: '8s' })", until: 40_000, tick: 5000, lanes }
  },
}

const processed: Scene = {
  name: 'process-timer',
  draw: async () => {
    const clicks = topic('clicks', { key: string, value: string })
    const reports = topic('reports', { key: string, value: string })
    const app = pipeline('pictures', { value: string })
    const report = (context: ProcessorContext<string, string>) => {
      let seen: string[] = []
      context.schedule('stream-time', '10s', () => {
        const told = seen.length === 0 ? undefined : context.forward('report', seen.join(','))
        seen = []
        return told
      })
      return (value: string, key: string) => void seen.push(key + value)
    }
    app.stream(clicks).process(report).to(reports)
    const times = [
      [1, 'a'],
      [6, 'b'],
      [11, 'a'],
      [14, 'a'],
      [23, 'b'],
      [44, 'a'],
    ] as const
    const steps = await play(
      app,
      [reports],
      times.map(([at, key], i) => [clicks, at, key, String(i + 1)]),
    )
    const lanes = [inputLane(steps, clicks), outputLane(steps, reports, 'forward')]
    return { title: "process: context.schedule('stream-time', '10s', …)", until: 55_000, tick: 10_000, lanes }
  },
}

/** The pictures of docs/tables.md, and the timer of docs/processors.md. */
export const tables: readonly Scene[] = [groups, held, processed]
