import { expect, it } from 'vitest'
import type { OperatorContext } from '../../src/operators/operator.js'
import { streamClock } from '../../src/operators/windows/window-clock.js'
import type { RememberedNumber } from '../../src/store/remembered-number.js'

it('a clock that was released by the last commit before a restart, and not told of it, goes on', () => {
  const observed = { value: 100 } as RememberedNumber
  const [soon, moved]: [(() => void)[], number[]] = [[], []]
  const record = { hold: 150 }
  const context: Partial<OperatorContext> = {
    record: record as OperatorContext['record'],
    onIdle: () => {},
    onRelease: () => {},
    steady: () => 0,
    at: (_, call) => {
      soon.push(() => void call(0))
      return () => {}
    },
  }
  const look = () => void moved.push(observed.value)
  streamClock(context as OperatorContext, observed, look, { value: 200 })
  for (const call of soon.splice(0)) call()
  expect(moved).toEqual([150])
  record.hold = Number.POSITIVE_INFINITY
  streamClock(context as OperatorContext, observed, look, { value: 200 })
  for (const call of soon.splice(0)) call()
  expect(moved).toEqual([150, 200])
  streamClock(context as OperatorContext, observed, look, { value: 200 })
  expect(soon).toEqual([])
})
