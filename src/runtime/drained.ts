import { SluiceError } from '../errors.js'
import type { Isolation, Log } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import type { Clock } from '../time.js'
import { sourceLevels } from '../topology/levels.js'
import { isGone } from './passing.js'
import { isByPattern, type Plan } from './plan.js'
import { readMetadata } from './position-metadata.js'

/** How often the group's positions are asked for while other instances may move them, in milliseconds. */
const askAgain = 50

/** Calls one of them, once: at this instance's next commit, or where the pipeline ends before it. Answers what takes them back. */
export type NextCommit = (came: () => void, ended: (error: Error) => void) => () => void

/**
 * Waits until everything readable now, and all that it causes, is committed: in the order in which records pass through
 * topics, so that what comes out of one is in the ends that are waited for at the next. Pending entries (calls, records that
 * wait for another attempt, effects) are waited for as well, unless `pending` is false.
 */
export async function drained(
  log: Log,
  plan: Plan,
  clock: Clock,
  nextCommit: NextCommit,
  pending: boolean,
): Promise<void> {
  const all = plan.tasks.flatMap(task => task.inputs)
  const levels = sourceLevels(plan.spec)
  // Sinks that choose their topic per record have no place in that order: what one of them wrote is met in the next round.
  const choosing = plan.spec.nodes.filter(node => node.kind === 'sink' && typeof node.topic !== 'string')
  for (const [level, sources] of Array.from({ length: 1 + choosing.length }, () => [...levels.entries()]).flat()) {
    const names = new Set(sources.map(({ name }) => name))
    let inputs = all.filter(({ source }) => names.has(source))
    const mayGo = inputs.some(({ topic }) => isByPattern(plan, topic))
    // A commit of another process may be decided and its records not visible yet: what the pipeline itself writes is
    // waited for up to its very end.
    const ends = await endsOf(log, plan, inputs, level === 0 ? 'read_committed' : 'read_uncommitted')
    while (!(await passed(log, plan.spec.application, inputs, ends, pending))) {
      await commitOrPause(clock, nextCommit)
      if (!mayGo) continue
      const now = await endsOf(log, plan, inputs, 'read_uncommitted')
      inputs = inputs.filter(({ topic, partition }) => now.has(partitionId(topic, partition)))
    }
  }
}

/** Without those of a pattern's topics that are gone by now: the pipeline does without them. */
async function endsOf(
  log: Log,
  plan: Plan,
  inputs: readonly TopicPartition[],
  isolation: Isolation,
): Promise<ReadonlyMap<string, number>> {
  let left = inputs
  for (;;) {
    try {
      return await log.endOffsets(left, isolation)
    } catch (error) {
      if (!(error instanceof SluiceError && isGone(error, plan))) throw error
      left = left.filter(({ topic }) => topic !== error.place.topic)
    }
  }
}

async function passed(
  log: Log,
  group: string,
  inputs: readonly TopicPartition[],
  ends: ReadonlyMap<string, number>,
  pending: boolean,
): Promise<boolean> {
  const waiting = inputs.filter(({ topic, partition }) => (ends.get(partitionId(topic, partition)) ?? 0) > 0)
  if (waiting.length === 0) return true
  const committed = await log.committed(group, waiting, 'now')
  return waiting.every(({ topic, partition }) => {
    const id = partitionId(topic, partition)
    const { offset, metadata } = committed.get(id) ?? { offset: 0, metadata: '' }
    return offset >= ends.get(id)! && !(pending && readMetadata(metadata).pending > 0)
  })
}

/** Resolves at the next commit, or when it is time to ask again: this may go on for days, so nothing is left behind. */
function commitOrPause(clock: Clock, nextCommit: NextCommit): Promise<void> {
  let [cancel, leave] = [(): void => {}, (): void => {}]
  const over = new Promise<void>((resolve, reject) => {
    cancel = clock.after(askAgain, resolve)
    leave = nextCommit(resolve, reject)
  })
  return over.finally(() => {
    cancel()
    leave()
  })
}
