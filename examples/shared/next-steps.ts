import { resolve } from 'node:path'

/** Where the log and the state of an example are. */
export interface Where {
  readonly brokers: readonly string[] | undefined
  readonly dir: string
  readonly stateDir: string
}

/** Says where everything lies, and what to type next: each command with what it does. */
export function printNextSteps(where: Where, steps: readonly (readonly [command: string, what: string])[]): void {
  const { brokers, dir, stateDir } = where
  const state =
    brokers === undefined
      ? `Log, positions and state lie in ${resolve(dir)}.`
      : `The log is on ${brokers.join(', ')}; state lies in ${resolve(stateDir)}.`
  const all = [['run the same again', 'it goes on where it was and does nothing twice'] as const, ...steps]
  const width = Math.max(...all.map(([command]) => command.length))
  console.log(`\n${state} Next:`)
  for (const [command, what] of all) console.log(`  ${command.padEnd(width)}   ${what}`)
}

/** How `sluice` is told of the log. */
export function logArgument({ brokers, dir }: Where): string {
  return brokers === undefined ? `--log ${dir}` : `--brokers ${brokers.join()}`
}
