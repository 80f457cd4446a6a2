import { startProgram } from './process.js'
import { watch } from './samples.js'
import type { KafkaEngine, Place } from './engine.js'

/** One life of a program: from the start of its process until everything in its inputs is committed. */
export interface Life {
  /** Until something is committed that was not before. */
  readonly firstSeconds: number
  /** Until all is. */
  readonly allSeconds: number
  readonly cpuSeconds: number
  readonly peakMiB: number
}

/**
 * Starts an engine's program at a place, where it may have been before, waits until so many records of its inputs are
 * committed, and closes it.
 */
export async function live(engine: KafkaEngine, place: Place, records: number, limitMs: number): Promise<Life> {
  const { cluster, application, inputs } = place
  const before = (await cluster.progress(application, inputs)).all
  const program = startProgram(await engine.command(place))
  try {
    const look = async () => {
      const { inputs: read, all } = await cluster.progress(application, inputs)
      const done = read >= records && (await cluster.isThrough(application))
      return { at: performance.now(), committed: all, inputs: read, done }
    }
    const samples = await Promise.race([watch(look, limitMs), program.failed])
    const [cpuSeconds, peakBytes] = [await program.cpuSeconds(), await program.peakBytes()]
    await program.end()
    const since = (at: number | undefined): number => ((at ?? NaN) - program.startedAt) / 1000
    return {
      firstSeconds: since(samples.find(({ committed }) => committed > before)?.at),
      allSeconds: since(samples.at(-1)?.at),
      cpuSeconds,
      peakMiB: peakBytes / 2 ** 20,
    }
  } catch (error) {
    program.kill()
    throw error
  }
}
