import { exponential, json, pipeline, type CallRecord, type Pipeline } from 'sluice'
import { eventsOf, type Event } from './events.js'

/** What the outside does. */
export interface Outside {
  /** A call that takes its time, and may fail. */
  readonly call: (event: Event, record: CallRecord<string, Event>) => Promise<Event>
  /** Something that fails now and then, at once. */
  readonly work: (event: Event) => Event
}

export const namesOf = (app: string): Readonly<Record<'events' | 'results' | 'dead', string>> => ({
  events: `${app}-events`,
  results: `${app}-results`,
  dead: `${app}-dead`,
})

/** Calls by key that are stolen, hedged and tried again, and behind them a step that parks the keys it fails on. */
export function ordered(app: string, { call, work }: Outside, module?: string): Pipeline {
  const names = namesOf(app)
  const p = pipeline(app, { value: json(), ...(module === undefined ? {} : { module }) })
  p.stream(eventsOf(names.events))
    .mapAsync((event, _key, record) => call(event, record), {
      concurrency: 64,
      order: 'key',
      timeout: '2s',
      hedge: { after: 'p95' },
      as: 'calls',
    })
    .retry({ attempts: 8, backoff: exponential('20ms'), as: 'called-again' })
    .deadLetter(names.dead)
    .map(work)
    .retry({ attempts: 1_000, backoff: '30ms', as: 'parked' })
    .to(eventsOf(names.results))
  return p
}
