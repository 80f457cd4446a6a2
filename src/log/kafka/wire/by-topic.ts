import type { TopicPartition } from '../../../record.js'

/** The protocol groups partitions by their topic. */
export interface ByTopic<T> {
  readonly topic: string
  readonly partitions: readonly T[]
}

export function byTopic<T extends TopicPartition>(list: readonly T[]): ByTopic<T>[] {
  const groups = new Map<string, T[]>()
  for (const one of list) {
    const group = groups.get(one.topic)
    if (group === undefined) groups.set(one.topic, [one])
    else group.push(one)
  }
  return Array.from(groups, ([topic, partitions]) => ({ topic, partitions }))
}
