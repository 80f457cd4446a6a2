import { SluiceError } from '../../errors.js'
import type { Log, LogConfig, SharedLog } from '../../log/log.js'
import type { TopologySpec } from '../../topology/spec.js'
import type { StartOptions } from '../options.js'

/** What several threads need to work on one pipeline. */
export interface Shareable {
  readonly module: string
  readonly log: SharedLog
}

/**
 * What makes it possible to run a pipeline in several threads.
 *
 * @throws SluiceError BAD_TOPOLOGY without a module; UNSUPPORTED for a log with one owner, and for what cannot be sent
 */
export function shareable({ application, module, nodes }: TopologySpec, { log, clock }: StartOptions): Shareable {
  // First: to add a module is no help where the log has one owner.
  const shared = sharedLog(log)
  if (module === undefined) {
    throw new SluiceError('BAD_TOPOLOGY', `threads cannot find pipeline "${application}" again`, {
      hint: `write pipeline('${application}', { module: import.meta.url }) and make it the default export of that module`,
    })
  }
  if (clock !== undefined) {
    throw new SluiceError('UNSUPPORTED', 'a clock cannot be sent to threads', {
      hint: 'leave out threads, or the clock',
    })
  }
  const observed = nodes.find(node => node.kind === 'operator' && node.type === 'from')
  if (observed !== undefined) {
    throw new SluiceError('UNSUPPORTED', 'the values of from(stream) would be in other threads than this one', {
      place: { operator: observed.name, line: observed.line },
      hint: 'leave out threads, or write the values to a topic with .to(topic) and read that',
    })
  }
  return { module, log: shared }
}

function sharedLog(log: Log | LogConfig): SharedLog {
  if ('share' in log && log.share !== undefined) return log.share()
  const threads = `with several threads the log has to be Kafka`
  if (log.kind === 'kafka') {
    throw new SluiceError('UNSUPPORTED', `${threads}, not opened yet: each thread opens it for itself`, {
      hint: 'write start({ log: kafka({ brokers }), threads }) instead of giving an open log',
    })
  }
  throw new SluiceError('UNSUPPORTED', `${threads}: the ${log.kind} log has one owner`, {
    hint: 'leave out threads (the embedded log is fastest in one), or use kafka({ brokers })',
  })
}
