import { expect, onTestFinished } from 'vitest'
import { Service } from '../../examples/shared/service.js'
import { generator } from '../faults/moments.js'
import { CallWatch } from './kill-run.js'

/** A service that refuses one call in six, and acts on one in ten without an answer. It goes with the test. */
export async function faultyService(seed: number): Promise<{ service: Service; calls: CallWatch }> {
  const calls = new CallWatch()
  const random = generator(seed)
  const fault = (): 'busy' | 'broken' | 'unanswered' | 'none' => {
    const chance = random()
    return chance < 0.08 ? 'busy' : chance < 0.16 ? 'broken' : chance < 0.26 ? 'unanswered' : 'none'
  }
  const service = await Service.start({ answer: () => ({ status: 202 }), fault, onCall: calls.tell })
  onTestFinished(() => service.close())
  return { service, calls }
}

/**
 * Every one of these events reached the service, and nothing else did; an event always came with one and the same
 * idempotency key, which no other event has.
 */
export function expectEvents(service: Service, expected: readonly string[]): void {
  const keys = new Map<string, Set<string>>()
  const events = new Map<string, string>()
  for (const { path, body, headers } of service.served) {
    const event = `${path} ${body}`
    const key = String(headers['idempotency-key'])
    keys.set(event, (keys.get(event) ?? new Set()).add(key))
    expect(events.get(key) ?? event, `idempotency key ${key}`).toBe(event)
    events.set(key, event)
  }
  for (const [event, used] of keys) expect([...used], event).toHaveLength(1)
  const done = new Set(service.served.filter(call => call.done).map(({ path, body }) => `${path} ${body}`))
  expect([...done].toSorted()).toEqual(expected.toSorted())
}
