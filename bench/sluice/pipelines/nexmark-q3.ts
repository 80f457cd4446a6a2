import { json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Auction, type Person } from '../nexmark.js'

const local = new Set(['OR', 'ID', 'CA'])

interface Suggestion {
  readonly name: string
  readonly city: string
  readonly state: string
  readonly id: number
}

/** The peer of bench/kafka-streams/NexmarkQ3.java. */
export default function q3({ application, inputs, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  const persons = app.table(events<Person>(inputs[1]!), { as: 'persons' }).filter(({ state }) => local.has(state))
  app
    .table(events<Auction>(inputs[0]!), { as: 'auctions' })
    .filter(({ category }) => category === 10)
    .join(persons, ({ id }, { name, city, state }): Suggestion => ({ name, city, state, id }), {
      on: ({ seller }) => String(seller),
    })
    .toStream()
    .to(events<Suggestion>(output))
  return app
}
