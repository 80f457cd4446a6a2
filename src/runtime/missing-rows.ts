import { SluiceError } from '../errors.js'
import type { Log, Position } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import type { TaskSpec } from '../topology/cut.js'
import { isKept } from './kept-stores.js'
import { isFull, metadataAt } from './position-metadata.js'

/**
 * A table whose topic is not its changelog knows only what it has taken in itself: where the position of its topic was
 * committed without it, it would go without the rows before that.
 *
 * @param committed positions of the application
 * @throws SluiceError BAD_TOPOLOGY
 */
export async function refuseMissingRows(
  log: Log,
  { sub, partition }: TaskSpec,
  committed: ReadonlyMap<string, Position>,
): Promise<void> {
  for (const { name: store, rowsOf, changelog } of sub.stores) {
    if (rowsOf === undefined || changelog !== true) continue
    const { topic } = rowsOf
    const place = { topic, partition }
    const position = committed.get(partitionId(topic, partition))
    // Where nothing stands beside a position, no record has led to it.
    if (position === undefined || position.metadata === '' || isFull(position.metadata)) continue
    if (isKept(metadataAt(committed, place).kept, store)) continue
    const begin = (await log.startOffsets([place])).get(partitionId(topic, partition))!
    if (position.offset > begin) throw missingRows({ ...place, store }, position.offset, rowsOf.asTheyAre)
  }
}

function missingRows(place: TopicPartition & { store: string }, offset: number, asTheyAre: boolean): SluiceError {
  const { topic, store } = place
  const byTopic = asTheyAre ? `take them from the topic: table(${topic}, { changelog: 'topic' }); or ` : ''
  return new SluiceError(
    'BAD_TOPOLOGY',
    `the table "${store}" would be without rows that lie before offset ${offset}`,
    {
      place,
      hint:
        'they were read while it was not there, or kept otherwise (without a history, say, or with the topic for its ' +
        `changelog): ${byTopic}leave the table as it was; or let the application begin anew: sluice reset <module>`,
    },
  )
}
