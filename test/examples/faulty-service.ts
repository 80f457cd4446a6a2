import { onTestFinished } from 'vitest'
import { Service, type Call } from '../../examples/shared/service.js'
import { CallWatch } from './kill-run.js'

/** A service that fails as services do, by a seed; without one it does not. It goes with the test. */
export async function faultyService(seed?: number): Promise<{ service: Service; calls: CallWatch }> {
  const calls = new CallWatch()
  const service = await Service.start({
    ...(seed === undefined ? {} : { seed }),
    answer: () => ({ status: 202 }),
    onCall: calls.tell,
  })
  onTestFinished(() => service.close())
  return { service, calls }
}

/** The events that the service acted on, in order of their text, and those that it was asked for under several keys. */
export function eventsOf({ served }: Service): { readonly acted: string[]; readonly newKeys: string[] } {
  const keys = new Map<string, Set<string>>()
  for (const call of served) {
    const event = eventOf(call)
    keys.set(event, (keys.get(event) ?? new Set()).add(call.key))
  }
  const acted = served.filter(({ outcome }) => outcome === 'acted').map(eventOf)
  const newKeys = Array.from(keys).flatMap(([event, used]) => (used.size > 1 ? event : []))
  return { acted: acted.toSorted(), newKeys }
}

/** What was asked for: `/mail {…}`. What stands before the name in the path tells instances apart. */
function eventOf({ path, body }: Call): string {
  return `${path.slice(path.lastIndexOf('/'))} ${body}`
}
