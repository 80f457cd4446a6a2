import type { RememberedNumber } from '../../store/remembered-number.js'
import type { OperatorContext } from '../operator.js'
import type { Wait } from '../suspend.js'

/**
 * An operator's stream time: the largest timestamp that came to it, but for records that are pending in its task, for which
 * it stands still. Answers what to call for each record.
 *
 * @param moved called when time has moved on without a record: the inputs are silent, or nothing is pending any more
 * @param ahead the largest timestamp that came while time stood still; a restart may lie between
 */
export function streamClock(
  context: OperatorContext,
  observed: RememberedNumber,
  moved: () => Wait,
  ahead: { value: number },
): (timestamp: number) => void {
  const { record } = context
  context.onIdle(by => {
    if (observed.value < 0) return undefined
    observed.value += by
    return moved()
  })
  const released = (): Wait => {
    const time = Math.min(ahead.value, record.hold)
    if (time <= observed.value) return undefined
    observed.value = time
    return moved()
  }
  context.onRelease(released)
  // It may have been released by the last commit, and not been told.
  if (ahead.value > observed.value) context.at(context.steady(), released)
  return timestamp => {
    if (timestamp <= observed.value) return
    if (timestamp <= record.hold) observed.value = timestamp
    else {
      ahead.value = Math.max(ahead.value, timestamp)
      if (record.hold > observed.value) observed.value = record.hold
    }
  }
}
