import { SluiceError } from '../../errors.js'
import type { StateReader } from '../../query/store-reader.js'
import type { TopologySpec } from '../../topology/spec.js'
import type { Crew } from '../crew.js'
import type { Question, StoreAddress } from './messages.js'
import { Scans } from './scans.js'

/** Answers what the parent asks of a thread's state. */
export function answers(crew: Crew, spec: TopologySpec): (question: Question) => Promise<unknown> {
  const scans = new Scans()
  const find = ({ store, partition }: StoreAddress): StateReader => {
    const found =
      partition === undefined
        ? crew.global(store)
        : crew.partitions(spec.stores.find(({ name }) => name === store)!).get(partition)
    if (found !== undefined) return found
    throw new SluiceError('NOT_RUNNING', `partition ${partition ?? 0} of store "${store}" has left this thread`, {
      place: { store, partition },
      hint: 'its task is moving to another thread or process: ask again in a moment',
    })
  }
  return async question => {
    switch (question.ask) {
      case 'caught-up':
        return crew.caughtUp()
      case 'settled':
        return crew.settled()
      case 'get': {
        const found = await find(question.of).get(question.key)
        return found === undefined ? undefined : new Uint8Array(found)
      }
      case 'scan':
        return scans.begin(find(question.of), question.range)
      case 'more':
        return scans.more(question.scan)
      case 'stop':
        return scans.stop(question.scan)
    }
  }
}
