import { SluiceError, type Place } from '../errors.js'
import type { TopicPartition } from '../record.js'

/** The error for an offset that a partition does not hold, before its first record or behind its last. */
export function outOfRange(text: string, place: Place): SluiceError {
  const hint =
    'the records were deleted, or the topic was made again: read from the earliest; a pipeline begins anew with sluice reset <module>'
  return new SluiceError('OFFSET_OUT_OF_RANGE', text, { place, hint })
}

/** Where the offset was asked for, of such an error; `undefined` of any other. */
export function outOfRangeAt({ code, place }: SluiceError): (TopicPartition & { readonly offset: number }) | undefined {
  const { topic, partition, offset } = place
  if (code !== 'OFFSET_OUT_OF_RANGE' || topic === undefined || partition === undefined || offset === undefined)
    return undefined
  return { topic, partition, offset }
}
