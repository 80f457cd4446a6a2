import { Cron } from 'croner'
import { SluiceError, errorText, valueText } from '../../errors.js'

/** The times that a line of cron names, in milliseconds since the epoch. */
export interface CronLine {
  /** The line and its zone, by which it can be told to be the same one. */
  readonly text: string
  /** The first after a time; `undefined` where none comes any more. */
  next(after: number): number | undefined
  /** The last up to a time, that time included. */
  latest(upTo: number): number | undefined
}

/**
 * Reads a line of five fields (minute, hour, day of the month, month, day of the week), of six with seconds first, or of
 * seven with a year last. Times are those of the zone's clock: the one time of a line that a change of clocks leaves out comes
 * right after it, of several it does not come; one that comes twice is taken once; steps and wildcards go on through the hour
 * that comes twice.
 *
 * @throws SluiceError BAD_ARGUMENT for a line that does not parse or names no time, and for an unknown zone
 */
export function cronLine(line: string, zone: string): CronLine {
  const cron = parsed(line, zone)
  return {
    text: `${line} ${zone}`,
    next: after => cron.nextRun(new Date(after))?.getTime(),
    latest(upTo) {
      // Its reference is a second, and exclusive.
      const runs = cron.previousRuns(3, new Date(upTo + 2_000))
      return runs.find(run => run.getTime() <= upTo)?.getTime()
    },
  }
}

function parsed(line: string, zone: string): Cron {
  const what = `the cron line ${valueText(line)}`
  try {
    Intl.DateTimeFormat('en', { timeZone: zone })
  } catch (error) {
    throw new SluiceError('BAD_ARGUMENT', `${what} has the zone ${valueText(zone)}, which is not known`, {
      cause: error,
      hint: "name a zone of the IANA list, such as 'Europe/Berlin', or 'UTC'",
    })
  }
  let cron: Cron
  try {
    cron = new Cron(line, { timezone: zone, paused: true })
  } catch (error) {
    throw new SluiceError('BAD_ARGUMENT', `${what} does not parse: ${errorText(error)}`, {
      cause: error,
      hint: "write minute, hour, day of the month, month, day of the week: '*/5 * * * *', '0 9 * * MON-FRI'",
    })
  }
  if (cron.nextRun(new Date(0)) !== null) return cron
  throw new SluiceError('BAD_ARGUMENT', `${what} names a time that never comes`, {
    hint: 'look at the day and the month: the 30th of February, for one, is none',
  })
}
