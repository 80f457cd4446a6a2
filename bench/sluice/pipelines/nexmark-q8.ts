import { json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Auction, type Person } from '../nexmark.js'

const size = 10_000

function windowOf(time: number): number {
  return time - (time % size)
}

/** The peer of bench/kafka-streams/NexmarkQ8.java. */
export default function q8({ application, inputs, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  const sellers = app
    .stream(events<Auction>(inputs[1]!))
    .map(({ seller, dateTime }) => ({ seller, starttime: windowOf(dateTime) }))
    .selectKey(({ seller }) => String(seller))
    .repartition({ as: 'by-seller' })
  app
    .stream(events<Person>(inputs[0]!))
    .map(({ id, name, dateTime }) => ({ id, name, starttime: windowOf(dateTime) }))
    .join(sellers, (person, { starttime }) => ({ person, same: person.starttime === starttime }), {
      within: size,
      // The order of what comes through the repartition is not that of its time: nothing may be late.
      grace: '1d',
      as: 'new-sellers',
    })
    .filter(({ same }) => same)
    .map(({ person }) => person)
    .selectKey(({ id, starttime }) => `${id}@${starttime}`)
    .to(events(output))
  return app
}
