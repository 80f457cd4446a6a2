import { expect, it } from 'vitest'
import { SluiceError } from '../../../src/errors.js'
import { receivedError, sentError } from '../../../src/runtime/threads/sent-error.js'

const there = (thrown: unknown): Error => receivedError(structuredClone(sentError(thrown)))

it('keeps what a SluiceError says, its stack and its causes', () => {
  const cause = new TypeError('x is not a function', { cause: 'a text' })
  const place = { topic: 'jobs', partition: 3, offset: 7, operator: 'map', line: 'app.ts:3:5' }
  const error = new SluiceError('CALLBACK', 'the function threw', { place, hint: 'mend it', cause })
  const got = there(error)
  expect(got).toBeInstanceOf(SluiceError)
  expect(got).toMatchObject({ code: 'CALLBACK', what: 'the function threw', place, hint: 'mend it' })
  expect(got.message).toBe(error.message)
  expect(got.stack).toBe(error.stack)
  expect(got.cause).toMatchObject({ name: 'TypeError', message: 'x is not a function', stack: cause.stack })
  expect((got.cause as Error).cause).toMatchObject({ message: 'a text' })
})

it('takes anything that was thrown', () => {
  expect(there(undefined)).toMatchObject({ name: 'Error', message: 'undefined' })
  expect(there({ toString: () => 'odd' })).toMatchObject({ message: 'odd' })
  expect(there(new RangeError('far'))).toMatchObject({ name: 'RangeError', message: 'far' })
})
