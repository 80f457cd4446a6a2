import { expect, it } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const jobs = topic('jobs', { key: string, value: json<number>() })
const results = topic('results', { key: string, value: json<number>() })
const ticks = topic('ticks', { key: string, value: json<number>() })

/** A job that a retry releases, and a processor's timer of the wall clock, both due at one second. */
async function both(onTick: (forward: () => void) => void) {
  let left = 1
  const app = pipeline('both', { value: json() }).deadLetter('dead')
  const stream = app.stream(jobs)
  stream
    .map(value => {
      if (left-- > 0) throw new Error('not yet')
      return value
    })
    .retry({ attempts: 5, backoff: '1s' })
    .to(results)
  let isScheduled = false
  stream
    .process<string, number>(context => () => {
      if (isScheduled) return
      isScheduled = true
      context.schedule('wall-clock', '1s', now => onTick(() => void context.forward('tick', now)))
    })
    .to(ticks)
  // Timers lie in memory.
  const driver = await testDriver(app, { now: 0, restartEvery: false })
  await driver.input(jobs).send('a', 1, { timestamp: 5, headers: { of: 'the job' } })
  return driver
}

it('what a timer forwards is of no record, though a retry has released one just before', async () => {
  const driver = await both(forward => forward())
  await driver.advance('1s')
  expect(
    driver
      .output(results)
      .read()
      .map(({ headers }) => headers.text('of')),
  ).toEqual(['the job'])
  expect(
    driver
      .output(ticks)
      .read()
      .map(({ headers }) => headers.text('of')),
  ).toEqual([undefined])
  await driver.close()
})

it('what a timer throws makes no dead letter of a record that a retry has released just before', async () => {
  const driver = await both(() => {
    throw new Error('the timer')
  })
  await expect(driver.advance('1s')).rejects.toThrow(/the timer/)
  expect(driver.output('dead').read()).toEqual([])
  await driver.close().catch(() => {})
})

it('a timer of stream time that replaces itself in its call has its next call with the next record', async () => {
  let calls = 0
  const app = pipeline('again', { value: json() })
  app
    .stream(jobs)
    .process<string, number>(context => {
      const once = (): void => {
        const cancel = context.schedule('stream-time', '1s', () => {
          cancel()
          // Where it does not end the test does.
          if (++calls < 1_000) once()
        })
      }
      once()
      return () => {}
    })
    .to(ticks)
  const driver = await testDriver(app, { now: 0, restartEvery: false })
  await driver.input(jobs).send('a', 1, { timestamp: 5 })
  expect(calls).toBe(1)
  await driver.input(jobs).send('a', 2, { timestamp: 6 })
  expect(calls).toBe(2)
  await driver.close()
})
