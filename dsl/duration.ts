import { SluiceError } from '../src/errors.js'
import { milliseconds, type Duration } from '../src/time.js'

/**
 * The milliseconds of a duration that was given at a place; where something else may stand there too, the hint tells it.
 *
 * @throws SluiceError BAD_DURATION that names it
 */
export function durationAt(duration: Duration, what: string, line: string | undefined, hint?: string): number {
  try {
    return milliseconds(duration, what, hint)
  } catch (error) {
    throw error instanceof SluiceError ? error.at({ line }) : error
  }
}
