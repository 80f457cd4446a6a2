import { setTimeout as pause } from 'node:timers/promises'
import { recordWriter, SluiceError, type Log } from 'sluice'
import { events } from './events.js'
import { flights, type Dataset } from './flights.js'
import { imports, jobs } from './pipeline.js'

/** Who writes the input: the transactional id that fences an older writer, and the group that keeps its position. */
const writerId = 'import-tracker-input'
/** The number of events written is kept as a position of this partition; what they are is told by its metadata. */
const place = { topic: jobs.name, partition: 0 }
const eventsPerCommit = 5_000

/**
 * Writes the flights' events to the topics, exactly once: each transaction holds events and their number, so that a
 * writer that was killed, or another process, goes on where the last transaction ended.
 */
export async function writeInput(
  log: Log,
  dataset: Dataset,
  total: number,
  onWritten: (written: number) => void,
): Promise<void> {
  for (;;) {
    try {
      return await write(log, dataset, total, onWritten)
    } catch (error) {
      if (!(error instanceof SluiceError) || (error.code !== 'FENCED' && error.code !== 'COMMIT_UNKNOWN')) throw error
      await whileOthersWrite(log, dataset, total, onWritten)
    }
  }
}

async function write(log: Log, dataset: Dataset, total: number, onWritten: (written: number) => void): Promise<void> {
  if ((await position(log, dataset)) === total) return
  const producer = log.producer({ transactionalId: writerId })
  try {
    // Whoever wrote before is fenced now, so the position read next stands still.
    await producer.init()
    let written = await position(log, dataset)
    const writer = await recordWriter(log, producer, [jobs.name, imports.name])
    const commit = async (): Promise<void> => {
      writer.handOver()
      await producer.commit({ group: writerId, positions: [{ ...place, offset: written, metadata: dataset }] })
      onWritten(written)
    }
    let seen = 0
    for await (const batch of events(flights(dataset))) {
      for (const { topic, key, value, timestamp } of batch) {
        if (seen++ < written) continue
        if (topic === 'jobs') writer.write(jobs, { key, value, timestamp })
        else writer.write(imports, { key, value, timestamp })
        written++
        if (written % eventsPerCommit === 0) await commit()
      }
    }
    await commit()
  } finally {
    await producer.close()
  }
}

async function position(log: Log, dataset: Dataset): Promise<number> {
  const [found] = (await log.committed(writerId, [place])).values()
  if (found === undefined) return 0
  if (found.metadata === dataset) return found.offset
  throw new Error(`the topics hold --flights ${found.metadata}: use that, another --log, or another cluster`)
}

/** Another process took over: waits until it is done, or until it no longer gets on and its work has to be taken over. */
async function whileOthersWrite(
  log: Log,
  dataset: Dataset,
  total: number,
  onWritten: (written: number) => void,
): Promise<void> {
  let before = -1
  for (let written = 0; written < total && written !== before;) {
    before = written
    await pause(2_000)
    written = await position(log, dataset)
    onWritten(written)
  }
}
