import type { Log, Fetched } from '../../src/log/log.js'

/** Reads so many records of a topic from its beginning, and hands over what was fetched as it comes. */
export async function readAll(
  log: Log,
  topic: string,
  partitions: number,
  records: number,
  take: (fetched: Fetched) => number | Promise<number>,
): Promise<void> {
  let wake = (): void => {}
  const reader = log.reader({ isolation: 'read_committed', onReady: () => wake() })
  for (let partition = 0; partition < partitions; partition++) reader.seek(topic, partition, 0)
  for (let done = 0; done < records;) {
    // Asked for before the look, so that what comes in between is not missed.
    const ready = new Promise<void>(resolve => (wake = resolve))
    const all = reader.poll()
    for (const fetched of all) done += await take(fetched)
    if (all.length === 0) await ready
    else await new Promise(resolve => setImmediate(resolve))
  }
  await reader.close()
}
