import type { Output } from './check.js'
import type { Round, Run } from './engine.js'
import { startProgram, type Command, type Message } from './process.js'
import { watch, type Sample } from './samples.js'

export interface Observation {
  readonly command: Command
  /** How much is committed now. */
  readonly look: () => Promise<Sample>
  readonly onMessage?: (message: Message) => void
  /** Reads what it wrote, once it has ended. */
  readonly output: () => Promise<Output>
}

/** Runs an engine's program until it has committed the end of the input, and measures it from outside. */
export async function runProgram(round: Round, { command, look, onMessage, output }: Observation): Promise<Run> {
  const { records, warmUp, limitMs } = round
  const program = startProgram(command, onMessage)
  try {
    let warmCpu = NaN
    const watched = watch(look, records, limitMs, async ({ committed }) => {
      if (Number.isNaN(warmCpu) && committed >= warmUp) warmCpu = await program.cpuSeconds()
    })
    const samples = await Promise.race([watched, program.failed])
    const cpuSeconds = (await program.cpuSeconds()) - warmCpu
    const peakBytes = await program.peakBytes()
    await program.end()
    return { samples, startedAt: program.startedAt, cpuSeconds, peakBytes, output }
  } catch (error) {
    program.kill()
    throw error
  }
}
