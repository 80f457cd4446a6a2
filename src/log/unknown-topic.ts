import { SluiceError, counted, createTopic } from '../errors.js'

/** The error for a topic that is not there. */
export function unknownTopic(topic: string): SluiceError {
  return new SluiceError('UNKNOWN_TOPIC', `topic ${JSON.stringify(topic)} does not exist`, {
    place: { topic },
    hint: createTopic(topic),
  })
}

/** The error for a partition that a topic does not have. */
export function unknownPartition(topic: string, partition: number, count: number): SluiceError {
  return new SluiceError(
    'UNKNOWN_TOPIC',
    `topic ${JSON.stringify(topic)} has ${counted(count, 'partition')}, counted from 0`,
    {
      place: { topic, partition },
      hint: 'sluice topics list shows what there is; sluice topics create <name> --partitions <n> makes one',
    },
  )
}
