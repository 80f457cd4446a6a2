import { expect, test } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { driven } from '../testing/driven.js'

const orders = topic('orders', { key: string, value: string })
const dead = topic('dead', { key: string, value: string })

function failing(message: string) {
  const p = pipeline('shop', { value: json() })
  p.deadLetter(dead)
  p.stream(orders)
    .map((): string => {
      throw new Error(message)
    })
    .to(topic('out', { key: string, value: string }))
  return p
}

test('an error with a very long message goes to the dead-letter topic with the beginning of it', async () => {
  const driver = await driven(failing(`answered ${'x'.repeat(2_000_000)}`))
  await driver.input(orders).send('k', 'v')
  const [letter] = driver.output(dead).read()
  expect(letter).toMatchObject({ key: 'k', value: 'v' })
  for (const header of ['sluice.error', 'sluice.stack']) {
    const text = letter!.headers.text(header)!
    expect(text).toMatch(/answered x+ … \(\d{7} characters\)$/)
    expect(text.length).toBeLessThan(17_000)
  }
})

test('a record so large that its letter does not fit stops the pipeline with the place of the record', async () => {
  const driver = await driven(failing('boom'))
  await expect(driver.input(orders).send('k', 'x'.repeat(1_048_400))).rejects.toThrow(
    /^RECORD_TOO_LARGE: a record of \d+ bytes for dead .*: the function threw: boom \(topic orders, partition 0, offset 0, operator orders\.map, at .*\n.*max\.message\.bytes of dead/,
  )
})
