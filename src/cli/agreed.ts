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
  try {
    return /^y(es)?$/i.test((await lines.question(question, { signal })).trim())
  } finally {
    lines.close()
  }
}
