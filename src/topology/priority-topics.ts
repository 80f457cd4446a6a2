import type { TopologySpec } from './spec.js'

/** The name of a repartition's way for records of one priority, beside that of the lowest. */
export function priorityName(repartition: string, level: number): string {
  return `${repartition}-priority-${level}`
}

/** Topics of priorities that the pipeline had and has no more: what lies in them is read by nobody. */
export function formerPriorityTopics(
  { application, repartitions }: TopologySpec,
  existing: Iterable<string>,
): readonly string[] {
  const now = new Set(repartitions.map(({ topic }) => topic))
  const plain = repartitions.map(({ name }) => `${application}-${name}-priority-`)
  return [...existing].filter(
    topic =>
      !now.has(topic) &&
      plain.some(start => topic.startsWith(start) && /^-?\d+-repartition$/.test(topic.slice(start.length))),
  )
}
