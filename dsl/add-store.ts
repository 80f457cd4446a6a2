import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import type { Graph } from './graph.js'
import { places } from './serdes.js'
import type { AnyStore } from './store.js'

/** How a store of processors is kept. */
export interface AddStoreOptions {
  /** `false`: the state is not kept in a topic, and is lost with the disk. Default `true`. */
  readonly changelog?: boolean
  /** Where the state lies. Default `'disk'`. */
  readonly in?: 'disk' | 'memory'
}

const known: KnownOptions<AddStoreOptions> = { changelog: flag, in: places }

/** A store that processors share, as the user declared it. */
export interface DeclaredStore {
  readonly handle: AnyStore
  readonly changelog: boolean
  readonly in: 'disk' | 'memory'
  readonly line: string | undefined
}

/** Declares a store for processors. @throws SluiceError BAD_ARGUMENT, and BAD_TOPOLOGY for a name used twice */
export function declareStore(graph: Graph, handle: AnyStore, options: AddStoreOptions, line: string | undefined): void {
  if (typeof handle?.name !== 'string' || typeof handle.key?.serialize !== 'function') {
    throw new SluiceError('BAD_ARGUMENT', 'addStore() needs a store', {
      place: { line },
      hint: "make one: addStore(store('name', { key: string, value: json() }))",
    })
  }
  checkKnown('addStore()', options, known, line)
  const other = graph.stores.find(declared => declared.handle.name === handle.name)
  if (other !== undefined) {
    throw new SluiceError('BAD_TOPOLOGY', `two stores would have the name "${handle.name}"`, {
      place: { line },
      hint: `the other is added at ${other.line ?? 'another place'}; give one of them another name`,
    })
  }
  graph.declare({ handle, changelog: options.changelog ?? true, in: options.in ?? 'disk', line })
}
