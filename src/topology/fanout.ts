import type { Process } from '../operators/operator.js'
import { inOrder } from '../operators/suspend.js'

/** One process for all that follows a node: each child gets the record, in order, after the former one is done with it. */
export function fanout(children: readonly Process[]): Process {
  const [first, second] = children
  if (first === undefined) return nowhere
  if (second === undefined) return first
  if (children.length === 2) {
    return (key, value, timestamp, old) => {
      const wait = first(key, value, timestamp, old)
      if (wait !== undefined) return wait.then(() => second(key, value, timestamp, old))
      return second(key, value, timestamp, old)
    }
  }
  return (key, value, timestamp, old) => inOrder(children, child => child(key, value, timestamp, old))
}

const nowhere: Process = () => undefined
