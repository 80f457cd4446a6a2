import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { UsageError } from './args.js'
import type { CommandContext } from './command.js'

/** Asks whoever sits at the terminal. @throws UsageError where nobody does, and says that `--yes` is the answer then */
export async function agreed(
  question: string,
  { stdin, stdout, signal }: CommandContext,
  usage: string,
): Promise<boolean> {
  if (!('isTTY' in stdin) || stdin.isTTY !== true)
    throw new UsageError(`${question}\nnobody is here to ask: --yes`, usage)
  const lines = createInterface({ input: stdin, output: stdout })
  // Ctrl-C and Ctrl-D end the question without an answer.
  const ended = once(lines, 'close').then(() => undefined)
  try {
    const answer = await Promise.race([lines.question(question, { signal }).catch(noAnswer), ended])
    if (answer === undefined) stdout.write('\n')
    return /^y(es)?$/i.test(answer?.trim() ?? '')
  } finally {
    lines.close()
  }
}

function noAnswer(error: unknown): undefined {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
