import { SluiceError } from '../src/errors.js'
import { checkFunction } from './fluent.js'
import type { SourceOptions } from './nodes.js'
import type { StreamOptions } from './source.js'

/** What a stream says of the times of its records. @throws SluiceError BAD_ARGUMENT */
export function timesOf(
  { timestamp, ascending }: StreamOptions<any, any>,
  line: string | undefined,
): Pick<SourceOptions, 'timestamp' | 'ascending'> {
  if (timestamp !== undefined) {
    checkFunction(timestamp, 'stream({ timestamp })', line)
    checkSynchronous(timestamp, line)
  }
  if (ascending === undefined || typeof ascending === 'boolean') return { timestamp, ascending: ascending === true }
  throw new SluiceError('BAD_ARGUMENT', `stream({ ascending }) is true or false, not ${typeof ascending}`, {
    place: { line },
    hint: 'say so beside the timestamp: { timestamp: value => value.at, ascending: true }',
  })
}

/** Functions that can only answer a promise or a generator are known by their kind, before any record. */
function checkSynchronous(timestamp: unknown, line: string | undefined): void {
  const kind = Object.prototype.toString.call(timestamp).slice('[object '.length, -1)
  if (kind === 'Function') return
  throw new SluiceError('BAD_ARGUMENT', `stream({ timestamp }) cannot be of the kind ${kind}`, {
    place: { line },
    hint: 'answer the time at once: records do not wait for it. What must be asked for goes through mapAsync, then mapRecord',
  })
}
