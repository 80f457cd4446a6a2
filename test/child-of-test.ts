import type { ChildProcess } from 'node:child_process'
import { onTestFinished } from 'vitest'

/**
 * Starts a process that does not outlive the test that it is started in, however that ends. Where no test runs any more,
 * nothing is started.
 *
 * @throws outside of a test
 */
export function childOfTest<C extends ChildProcess>(start: () => C): C {
  let child: C | undefined
  // Before it is started: behind a test that has timed out this throws.
  onTestFinished(() => void child?.kill('SIGKILL'))
  return (child = start())
}
