import { SluiceError } from '../errors.js'
import { partitionOf } from '../log/partitioner.js'
import { rendezvousOf } from '../log/rendezvous.js'
import { asBuffer } from '../serde/buffer.js'
import type { StateReader, StoreAccess } from './store-reader.js'

/**
 * The partitions of this process in which a key may lie: one where its bytes tell, else all of them, in order.
 *
 * @param bytes begin with those that choose the partition, `length` of them
 * @throws SluiceError NOT_RUNNING where another process has that one
 */
export function placesOf(access: StoreAccess<any, any>, bytes: Uint8Array, length: number): readonly StateReader[] {
  const placement = access.placement()
  const local = access.local()
  if (placement === 'unknown') return inOrder(local)
  const choose = placement === 'rendezvous' ? rendezvousOf : partitionOf
  const partition = choose(asBuffer(bytes), 0, length, access.partitions())
  const store = local.get(partition)
  if (store === undefined) throw elsewhere(access, `partition ${partition}`, { partition })
  return [store]
}

/** For a key that none of its places has. @throws SluiceError NOT_RUNNING where it may lie in another process */
export function checkAllHere(access: StoreAccess<any, any>): void {
  if (access.placement() !== 'unknown' || access.local().size === access.partitions()) return
  throw elsewhere(access, `the key is in none of the partitions here, and a part`, {})
}

export function inOrder(stores: ReadonlyMap<number, StateReader>): StateReader[] {
  return [...stores].toSorted(([a], [b]) => a - b).map(([, store]) => store)
}

function elsewhere({ name }: StoreAccess<any, any>, what: string, place: { readonly partition?: number }): SluiceError {
  return new SluiceError('NOT_RUNNING', `${what} of store "${name}" is not in this process`, {
    place: { store: name, ...place },
    hint: 'wait until the state is restored, or ask the instance that has this partition',
  })
}
