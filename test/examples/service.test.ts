import { expect, onTestFinished, test } from 'vitest'
import { Service, type Fault } from '../../examples/shared/service.js'

/** Asks until it is answered with success, as a caller with patience does. */
async function insist(url: string, key: string): Promise<unknown> {
  for (;;) {
    try {
      const headers = { 'Idempotency-Key': key }
      const response = await fetch(url, { method: 'POST', headers, signal: AbortSignal.timeout(500) })
      if (response.ok) return await response.json()
    } catch {
      // No answer, or the connection broke.
    }
  }
}

test('the loopback service fails in every way, acts once for each key, and repeats its answer', async () => {
  let acted = 0
  const service = await Service.start({ seed: 11, answer: () => ({ status: 201, body: { number: ++acted } }) })
  onTestFinished(() => service.close())
  const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`)
  const answers = await Promise.all(keys.map(key => insist(service.url, key)))
  expect(await Promise.all(keys.map(key => insist(service.url, key)))).toEqual(answers)
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(60)
  expect(acted).toBe(60)
  const faults = new Set(service.served.map(({ fault }) => fault))
  expect([...faults].toSorted()).toEqual(['broken', 'busy', 'none', 'silent', 'unanswered'] satisfies Fault[])
  for (const key of keys) {
    const calls = service.served.filter(call => call.key === key)
    expect(calls.filter(({ outcome }) => outcome === 'acted')).toHaveLength(1)
    expect(calls.filter(({ fault }) => fault !== 'none').length).toBeLessThan(4)
  }
})
