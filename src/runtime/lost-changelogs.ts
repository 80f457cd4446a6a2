import { SluiceError } from '../errors.js'
import type { Log } from '../log/log.js'
import { tasksOf, type CutTopology } from '../topology/cut.js'
import { isKept } from './kept-stores.js'
import { metadataAt } from './position-metadata.js'

/**
 * A changelog that is not there is made, and its store begins empty: right for a store that is new, but not for one that had
 * a changelog when the positions of its tasks were committed.
 *
 * @param missing topics that the pipeline makes, and that are not there
 * @throws SluiceError UNKNOWN_TOPIC
 */
export async function refuseLostChangelogs(
  log: Log,
  cut: CutTopology,
  sizes: ReadonlyMap<string, number>,
  missing: ReadonlySet<string>,
): Promise<void> {
  const { application } = cut.spec
  const subs = cut.subs.filter(({ changelogs }) => changelogs.some(({ topic }) => missing.has(topic)))
  const tasks = tasksOf({ ...cut, subs }, sizes)
  const inputs = tasks.flatMap(task => task.inputs).filter(({ topic }) => !missing.has(topic))
  if (inputs.length === 0) return
  const committed = await log.committed(application, inputs, 'now')
  for (const { sub, inputs: its, partition } of tasks) {
    const kept = its.flatMap(input => metadataAt(committed, input).kept)
    const lost = sub.changelogs.find(({ store, topic }) => missing.has(topic) && isKept(kept, store))
    if (lost === undefined) continue
    // Another instance may just have made it, and gone on.
    const [there] = await log.topics.describe([lost.topic])
    if (there === undefined) throw lostChangelog(application, lost.topic, lost.store, partition)
  }
}

function lostChangelog(application: string, topic: string, store: string, partition: number): SluiceError {
  return new SluiceError('UNKNOWN_TOPIC', `the changelog "${topic}" is gone, and with it what "${store}" has kept`, {
    place: { topic, partition, store },
    hint:
      `let "${application}" begin anew: sluice reset <module>; or give the store another name, or make the topic ` +
      `with its former number of partitions and cleanup.policy=compact: the store then begins empty, and goes on from here`,
  })
}
