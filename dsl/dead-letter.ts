import type { FailurePolicy } from '../src/topology/spec.js'
import { checkName } from './topic.js'

/** Records that fail go to this topic. @throws SluiceError BAD_ARGUMENT */
export function deadLetterTo(topic: string | { readonly name: string }, line: string | undefined): FailurePolicy {
  const name = typeof topic === 'string' ? topic : topic?.name
  checkName(name, 'dead-letter topic', line)
  return { kind: 'dead-letter', topic: name }
}
