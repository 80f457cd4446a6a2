import type { SourceSpec } from './spec.js'

export function isPattern(topics: SourceSpec['topics']): topics is RegExp {
  return topics instanceof RegExp
}

/**
 * The topics that a source reads. A pattern takes of those in `known` what it finds anywhere in their names, as
 * JavaScript's patterns do, but neither Kafka's own topics (`__…`) nor those the engine made for the application.
 */
export function topicsOf(source: SourceSpec, application: string, known: Iterable<string>): readonly string[] {
  const { topics } = source
  if (!isPattern(topics)) return topics
  return Array.from(known)
    .filter(topic => reads(source, application, topic))
    .toSorted()
}

/** Whether a source reads the topic, where there is one of that name. */
export function reads({ topics }: SourceSpec, application: string, topic: string): boolean {
  return isPattern(topics) ? !isInternal(topic, application) && topic.search(topics) !== -1 : topics.includes(topic)
}

/** The topic that keeps the changes of a store. */
export function changelogTopic(application: string, store: string): string {
  return `${application}-${store}-changelog`
}

/** The topic of a repartition. */
export function repartitionTopic(application: string, name: string): string {
  return `${application}-${name}-repartition`
}

function isInternal(topic: string, application: string): boolean {
  return topic.startsWith('__') || (topic.startsWith(`${application}-`) && /-(changelog|repartition)$/.test(topic))
}
