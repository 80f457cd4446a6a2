import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { childOfTest } from './child-of-test.js'

const patient = (): ChildProcess => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
let left: ChildProcess
let outside: unknown
try {
  childOfTest(() => {
    throw new Error('started outside of a test')
  })
} catch (error) {
  outside = error
}

test('a process that a test has left', () => {
  left = childOfTest(patient)
  expect(left.exitCode).toBe(null)
})

test('ends with that test', async () => {
  if (left.exitCode === null && left.signalCode === null) await once(left, 'exit')
  expect(left.signalCode).toBe('SIGKILL')
})

test('outside of a test nothing is started', () => {
  expect(String(outside)).not.toContain('started outside')
  expect(outside).toBeInstanceOf(Error)
})
