import { json, pipeline, string, topic, type Pipeline, type Tick } from 'sluice'

/** A record that is to be delivered at a time; `n` counts them in the order of their partition. */
export interface Reminder {
  readonly at: number
  readonly n: number
}

export const reminders = topic('reminders', { key: string, value: json<Reminder>() })
export const delivered = topic('delivered', { key: string, value: json<Reminder>() })
export const ticked = topic('ticked', { key: string, value: json<Tick>() })

/** Reminders at their times, and a tick each second. */
export function timers(application: string): Pipeline {
  const p = pipeline(application)
  p.stream(reminders)
    .deliverAt(({ at }) => at)
    .to(delivered)
  p.every('* * * * * *', { as: 'seconds', catchUp: 'all' }).to(ticked)
  return p
}
