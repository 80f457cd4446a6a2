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
    let timed = NaN
    const watched = watch(look, limitMs, async ({ inputs }) => {
      if (Number.isNaN(warmCpu) && inputs >= warmUp) {
        warmCpu = await program.cpuSeconds()
        timed = records - inputs
      }
    })
    const samples = await Promise.race([watched, program.failed])
    const cpuSecondsPerMillion = (((await program.cpuSeconds()) - warmCpu) / timed) * 1e6
    const peakBytes = await program.peakBytes()
    await program.end()
    return { samples, startedAt: program.startedAt, cpuSecondsPerMillion, peakBytes, output }
  } catch (error) {
    program.kill()
    throw error
  }
}
