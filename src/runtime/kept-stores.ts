import type { Position } from '../log/log.js'
import { otherForm } from '../store/remembered-form.js'
import type { SubTopology, TaskSpec } from '../topology/cut.js'
import type { StoreSpec } from '../topology/spec.js'
import { metadataAt } from './position-metadata.js'

/** A letter for each kind of store, and what is in one. */
const kinds: Readonly<Record<StoreSpec['kind'], readonly [letter: string, what: string]>> = {
  'key-value': ['k', 'one value of each key'],
  window: ['w', 'windows'],
  versioned: ['v', 'a history of each key'],
  'join-buffer': ['j', 'records by key and time'],
  'time-ordered': ['t', 'entries by time'],
  suppress: ['s', 'changes to be told'],
  subscriptions: ['f', 'subscriptions to rows'],
  pending: ['p', 'records that are not done'],
}

/** The stores of a task that are kept as their own changes, each with its kind: committed with its positions. */
export function keptStores({ stores }: SubTopology): readonly string[] {
  return stores.filter(({ changelog }) => changelog === true).map(({ kind, name }) => `${kinds[kind][0]}:${name}`)
}

/** @param kept as it was committed; without kinds by former versions */
export function isKept(kept: readonly string[], store: string): boolean {
  return kept.some(mark => mark === store || (mark[1] === ':' && mark.slice(2) === store))
}

/**
 * A store of one kind does not understand what one of another kind has left under its name.
 *
 * @param committed positions of the application
 * @throws SluiceError BAD_TOPOLOGY
 */
export function refuseOtherKinds({ sub, inputs }: TaskSpec, committed: ReadonlyMap<string, Position>): void {
  const kept = inputs.flatMap(input => metadataAt(committed, input).kept)
  for (const { name, kind, changelog } of sub.stores) {
    if (changelog !== true) continue
    const [letter, what] = kinds[kind]
    const former = Object.values(kinds).find(([other]) => other !== letter && kept.includes(`${other}:${name}`))
    if (former === undefined) continue
    throw otherForm(name, former[1], what)
  }
}
