import type { Output } from './check.js'
import type { Round, Run } from './engine.js'
import { startProgram, type Command, type Message } from './process.js'
import { watch, type Sample } from './samples.js'

export interface Observation {
  readonly command: Command
  /** How much is committed now. */
  readonly look: () => Promise<Sample>
  readonly onMessage?: (message: Message) => void
  /** CPU seconds of the brokers so far, where it works on Kafka. */
  readonly brokerCpuSeconds?: () => Promise<number>
  /** Reads what it wrote, once it has ended. */
  readonly output: () => Promise<Output>
}

/** Runs an engine's program until it has committed the end of the input, and measures it from outside. */
export async function runProgram(round: Round, observation: Observation): Promise<Run> {
  const { command, look, onMessage, output, brokerCpuSeconds = async () => NaN } = observation
  const { records, warmUp, limitMs } = round
  const program = startProgram(command, onMessage)
  const cpu = (): Promise<number[]> => Promise.all([program.cpuSeconds(), brokerCpuSeconds()])
  try {
    let warm: readonly number[] | undefined
    let timed = NaN
    const watched = watch(look, limitMs, async ({ inputs }) => {
      if (warm === undefined && inputs >= warmUp) {
        warm = await cpu()
        timed = records - inputs
      }
    })
    const samples = await Promise.race([watched, program.failed])
    const [cpuSecondsPerMillion, brokerCpuSecondsPerMillion] = (await cpu()).map(
      (seconds, of) => ((seconds - (warm?.[of] ?? NaN)) / timed) * 1e6,
    ) as [number, number]
    const peakBytes = await program.peakBytes()
    await program.end()
    return {
      samples,
      startedAt: program.startedAt,
      cpuSecondsPerMillion,
      brokerCpuSecondsPerMillion,
      peakBytes,
      output,
    }
  } catch (error) {
    program.kill()
    throw error
  }
}
