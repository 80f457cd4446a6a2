import { SluiceError, type Place } from '../errors.js'

/** The error for an offset that a partition does not hold, before its first record or behind its last. */
export function outOfRange(text: string, place: Place): SluiceError {
  const hint =
    'the records were deleted, or the topic was made again: read from the earliest; a pipeline begins anew with sluice reset <module>'
  return new SluiceError('OFFSET_OUT_OF_RANGE', text, { place, hint })
}
