import { SluiceError } from '../errors.js'
import type { Priority, TopologySpec } from './spec.js'

/** What the name of a repartition's way for records of one priority ends in, beside the way of the lowest. */
export function waySuffix({ level, weight }: Priority): string {
  // A plus sign, which large numbers are written with, cannot be part of a topic's name.
  return weight === 1 ? `priority-${level}` : `weight-${String(weight).replace('+', '')}`
}

/** Topics of priorities that the pipeline had and has no more: what lies in them is read by nobody. */
export function formerPriorityTopics(
  { application, repartitions }: TopologySpec,
  existing: Iterable<string>,
): readonly string[] {
  const now = new Set(repartitions.map(({ topic }) => topic))
  const plain = repartitions.map(({ name }) => `${application}-${name}-`)
  return [...existing].filter(
    topic =>
      !now.has(topic) &&
      plain.some(
        start =>
          topic.startsWith(start) && /^(priority--?\d+|weight-[\de.-]+)-repartition$/.test(topic.slice(start.length)),
      ),
  )
}

/** @throws SluiceError TOPIC_MISMATCH for a topic that is left of a priority */
export function refuseFormerPriorities(spec: TopologySpec, existing: Iterable<string>): void {
  for (const topic of formerPriorityTopics(spec, existing)) throw formerPriority(topic, spec.application)
}

function formerPriority(topic: string, application: string): SluiceError {
  return new SluiceError('TOPIC_MISMATCH', `"${topic}" is left of a priority that no stream has any more`, {
    place: { topic },
    hint:
      'nobody would read what it holds: go back to the former priorities until all is drained, then sluice topics delete ' +
      `${topic}; or let "${application}" begin anew: stop it, then sluice reset <module>`,
  })
}
