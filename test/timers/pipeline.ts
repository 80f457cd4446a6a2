import { json, pipeline, string, topic, type Pipeline, type Tick } from 'sluice'

/** A record that is to be delivered at a time; `n` counts them in the order of their partition. */
export interface Reminder {
  readonly at: number
  readonly n: number
}

/** What the topics of an application are called, and what lies in them. */
export const topicsOf = (app: string) =>
  ({
    reminders: topic(`${app}-reminders`, { key: string, value: json<Reminder>() }),
    delivered: topic(`${app}-delivered`, { key: string, value: json<Reminder>() }),
    ticked: topic(`${app}-ticked`, { key: string, value: json<Tick>() }),
  }) as const

/** Reminders at their times, and a tick each second. `onDue` is told of each reminder that goes on. */
export function timers(application: string, onDue: () => void = () => {}): Pipeline {
  const { reminders, delivered, ticked } = topicsOf(application)
  const p = pipeline(application)
  p.stream(reminders)
    .deliverAt(({ at }) => at)
    .peek(onDue)
    .to(delivered)
  p.every('* * * * * *', { as: 'seconds', catchUp: 'all' }).to(ticked)
  return p
}
