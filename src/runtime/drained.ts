import type { Log } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import type { Clock } from '../time.js'
import type { Plan } from './plan.js'

/** How often the group's positions are asked for while other instances may move them, in milliseconds. */
const askAgain = 50

/**
 * Waits until everything readable now, and all that it causes, is committed: in the order of the sub-topologies, so that
 * what one of them writes is in the ends that the next one waits for.
 *
 * @param changed resolves at this instance's next commit; rejects when the pipeline ends
 */
export async function drained(log: Log, plan: Plan, clock: Clock, changed: () => Promise<void>): Promise<void> {
  for (const sub of plan.cut.subs) {
    const inputs = plan.tasks.filter(task => task.sub.name === sub.name).flatMap(task => task.inputs)
    const ends = await log.endOffsets(inputs, 'read_committed')
    while (!(await passed(log, plan.spec.application, inputs, ends))) {
      await soon(clock, changed())
    }
  }
}

async function passed(
  log: Log,
  group: string,
  inputs: readonly TopicPartition[],
  ends: ReadonlyMap<string, number>,
): Promise<boolean> {
  const waiting = inputs.filter(({ topic, partition }) => ends.get(partitionId(topic, partition))! > 0)
  if (waiting.length === 0) return true
  const committed = await log.committed(group, waiting)
  return waiting.every(({ topic, partition }) => {
    const id = partitionId(topic, partition)
    return (committed.get(id)?.offset ?? 0) >= ends.get(id)!
  })
}

function soon(clock: Clock, changed: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(askAgain, resolve)
    changed.then(resolve, reject).finally(cancel)
  })
}
