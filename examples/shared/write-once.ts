import { recordWriter, type Log } from 'sluice'

type Writer = Awaited<ReturnType<typeof recordWriter>>

/** The input of an example: a sequence that is the same every time, so that writing it can be resumed. */
export interface Input {
  /** The transactional id of its writer, and the group that keeps how far it came; ends in `-input`. */
  readonly writer: `${string}-input`
  /** Topics that are written to. */
  readonly topics: readonly string[]
  /** Writes the record number `n`, from 0. */
  write(writer: Writer, n: number): void
}

const perCommit = 500

/**
 * Writes the records up to number `total`, exactly once: each transaction holds records and their number, so that a writer
 * that was killed goes on where its last transaction ended.
 */
export async function writeOnce(log: Log, input: Input, total: number): Promise<void> {
  const place = { topic: input.topics[0]!, partition: 0 }
  const soFar = async (): Promise<number> => {
    const [position] = (await log.committed(input.writer, [place])).values()
    return position?.offset ?? 0
  }
  // Several instances may run at once: only one that has something to write ends the writing of others.
  if ((await soFar()) >= total) return
  const producer = log.producer({ transactionalId: input.writer })
  try {
    // A writer that was killed is fenced now, so the number read next stands still.
    await producer.init()
    let written = await soFar()
    const writer = await recordWriter(log, producer, input.topics)
    while (written < total) {
      const end = Math.min(total, written + perCommit)
      for (; written < end; written++) input.write(writer, written)
      writer.handOver()
      await producer.commit({ group: input.writer, positions: [{ ...place, offset: written, metadata: '' }] })
    }
  } finally {
    await producer.close()
  }
}
