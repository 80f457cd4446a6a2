import type { OperatorContext, Process } from '../operators/operator.js'
import { Unstorable } from '../store/unstorable.js'

/** An operator with stores: what they cannot keep is the record's failure, as its policy says. */
export function storing(process: Process, context: OperatorContext): Process {
  const failed = (error: unknown, key: unknown, value: unknown): void | Promise<void> => {
    if (error instanceof Unstorable) return context.fail(error, key, value)
    throw error
  }
  return (key, value, timestamp, old) => {
    let wait: void | Promise<void>
    try {
      wait = process(key, value, timestamp, old)
    } catch (error) {
      return failed(error, key, value)
    }
    return wait === undefined ? undefined : wait.catch((error: unknown) => failed(error, key, value))
  }
}
