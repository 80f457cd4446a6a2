import { json, pipeline, type Pipeline } from '../../dsl/index.js'
import { SluiceError } from '../../src/errors.js'
import { testDriver } from '../../src/testing/index.js'
import { expect } from 'vitest'

export function made(write: (p: Pipeline) => unknown): Pipeline {
  const p = pipeline('bad', { value: json() })
  write(p)
  return p
}

/** What a definition, or else `start`, throws. */
async function refusal(write: (p: Pipeline) => unknown): Promise<SluiceError> {
  try {
    const driver = await testDriver(made(write))
    await driver.close()
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    return error as SluiceError
  }
  throw new Error('it was taken')
}

/** What cannot be, the code and the text of its error. */
export type Refused = readonly [what: string, code: string, says: RegExp, write: (p: Pipeline) => unknown]

/** It is refused with a line of the chain, and with something to do about it. */
export async function expectRefused([, code, says, write]: Refused, line: RegExp): Promise<void> {
  const error = await refusal(write)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(says)
  expect(error.message).toMatch(line)
  expect(error.hint, error.message).toMatch(/\w+ \W?\w+/)
}
