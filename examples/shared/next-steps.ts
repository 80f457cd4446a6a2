import { resolve } from 'node:path'

/** Where the log and the state of an example are. */
export interface Where {
  readonly brokers: readonly string[] | undefined
  readonly dir: string
  readonly stateDir: string
}

/** Says where everything lies, and what to type next: what one gets by it, and the command. */
export function printNextSteps(where: Where, steps: readonly (readonly [what: string, command: string])[]): void {
  const { brokers, dir, stateDir } = where
  const state =
    brokers === undefined
      ? `Log, positions and state lie in ${resolve(dir)}.`
      : `The log is on ${brokers.join(', ')}; state lies in ${resolve(stateDir)}.`
  const width = Math.max(...steps.map(([what]) => what.length))
  console.log(`\n${state} Run the same again: it goes on where it was and does nothing twice. Next:`)
  for (const [what, command] of steps) console.log(`  ${what.padEnd(width)}   ${command}`)
}

/** How a command is told of the log. */
export function logArgument({ brokers, dir }: Where): string {
  return brokers === undefined ? `--log ${shellWord(dir)}` : `--brokers ${brokers.join()}`
}

/** How a command that works on the log is told of it, and of where state lies. */
export function placeArguments(where: Where): string {
  const log = logArgument(where)
  return where.brokers === undefined ? log : `${log} --state-dir ${shellWord(where.stateDir)}`
}

/** A text as one word of a command. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
