import { SluiceError, counted } from '../errors.js'
import type { Log } from '../log/log.js'
import { outOfRangeAt } from '../log/out-of-range.js'
import { partitionId } from '../record.js'

/** Of an input's records that are gone: how many, what is left, and what can be done. Any other error as it is. */
export async function goneRecords(log: Log, application: string, error: SluiceError): Promise<SluiceError> {
  const asked = outOfRangeAt(error)
  if (asked === undefined) return error
  const { topic, partition, offset } = asked
  const id = partitionId(topic, partition)
  const at = [{ topic, partition }]
  const ends = [log.startOffsets(at), log.endOffsets(at, 'read_uncommitted')]
  const [start, end] = (await Promise.all(ends).catch(() => [])).map(offsets => offsets.get(id))
  if (start === undefined || end === undefined) return error
  const held = start === end ? 'nothing is left in it' : `it holds ${start} to ${end - 1}`
  const { place } = error
  const anew = 'begin anew with sluice reset <module>'
  if (offset > end) {
    const what = `"${application}" was to go on behind the end of the partition: ${held}`
    const hint = `the topic was made again, or its brokers have lost records: ${anew}`
    return new SluiceError(error.code, what, { place, hint, cause: error })
  }
  const gone = counted(start - offset, 'offset')
  const what = `${gone} of the partition, ${offset} to ${start - 1}, were deleted before "${application}" had read them; ${held}`
  const goOn =
    log.kind === 'kafka'
      ? `kafka-consumer-groups.sh --bootstrap-server <brokers> --group ${application} --topic ${topic}:${partition} --reset-offsets --to-offset ${start} --execute`
      : `log.producer({}), init() and commit({ group: '${application}', positions: [{ topic: '${topic}', partition: ${partition}, offset: ${start}, metadata: '' }] })`
  const hint = `with all instances stopped, go on without them: ${goOn}; or ${anew}. A longer retention.ms (retention.bytes) of the topic keeps it from happening again`
  return new SluiceError(error.code, what, { place, hint, cause: error })
}
