import { SluiceError } from '../errors.js'
import type { Log, Position } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import type { SubTopology, TaskSpec } from '../topology/cut.js'
import { metadataAt, isFull } from './position-metadata.js'

/** The tables that have all rows of a topic which is not their changelog, by the names of their stores and that topic. */
export function ownTables({ stores }: SubTopology): readonly (readonly [store: string, topic: string])[] {
  return stores.flatMap(({ name, rowsOf, changelog }) =>
    rowsOf !== undefined && changelog === true ? [[name, rowsOf] as const] : [],
  )
}

/**
 * Such a table knows only what it has taken in itself: where the position of its topic was committed without it, it would
 * go without the rows before that.
 *
 * @param committed positions of the application
 * @throws SluiceError BAD_TOPOLOGY
 */
export async function refuseMissingRows(
  log: Log,
  { sub, partition }: TaskSpec,
  committed: ReadonlyMap<string, Position>,
): Promise<void> {
  for (const [store, topic] of ownTables(sub)) {
    const place = { topic, partition }
    const position = committed.get(partitionId(topic, partition))
    // Where nothing stands beside a position, no record has led to it.
    if (position === undefined || position.metadata === '' || isFull(position.metadata)) continue
    if (metadataAt(committed, place).kept.includes(store)) continue
    const begin = (await log.startOffsets([place])).get(partitionId(topic, partition))!
    if (position.offset > begin) throw missingRows(place, store, position.offset)
  }
}

function missingRows(place: TopicPartition, store: string, offset: number): SluiceError {
  return new SluiceError(
    'BAD_TOPOLOGY',
    `the table "${store}" would be without rows that lie before offset ${offset}`,
    {
      place: { ...place, store },
      hint:
        'they were read while it was not there, or kept otherwise (without a history, say, or by an earlier version of ' +
        'Sluice): leave the table as it was, or let the application begin anew: sluice reset <module>',
    },
  )
}
