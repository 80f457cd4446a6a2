import type { Splitter } from './operator.js'

/** Hands each record to the output that is its source topic's; what belongs to no record goes to the first. */
export function routeTopic(outputOf: (topic: string) => number): Splitter {
  const known = new Map<string, number>([['', 0]])
  return (outputs, { record }) =>
    (key, value, timestamp) => {
      let output = known.get(record.topic)
      if (output === undefined) known.set(record.topic, (output = outputOf(record.topic)))
      return outputs[output]!(key, value, timestamp)
    }
}
