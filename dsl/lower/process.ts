import { SluiceError } from '../../src/errors.js'
import type { Operator } from '../../src/operators/operator.js'
import type { ProcessorStoreUse } from '../../src/operators/processor-context.js'
import type { StoreBase, StoreSpec } from '../../src/topology/spec.js'
import type { DeclaredStore } from '../add-store.js'
import type { ProcessNode } from '../nodes.js'
import type { AnyStore } from '../store.js'
import { serdeName } from '../serde-name.js'
import { makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'

export function lowerProcess(node: ProcessNode, to: Lowering): void {
  const uses = node.stores.map(store => useOf(store, node, to))
  const splitter = node.splitter(uses, to.retryOf(node) !== undefined)
  const { type, outputs } = node
  // A global table is of no task, so its name is not among the stores that tie nodes together.
  const stores = node.stores.filter(store => !to.isGlobal(store))
  if (outputs.length === 0) {
    const operator: Operator = (next, context) => splitter([next], context)
    to.operator(node, { type, stores, operator, uses: makesNew })
    return
  }
  const name = to.name(node)
  to.addRetried(node, {
    kind: 'split',
    type,
    name,
    parents: to.parents(node),
    outputs: outputs.map(output => `${name}.${output}`),
    splitter,
    stores,
    uses: makesNew,
    ...to.base(node),
  })
  to.follow(node, name)
}

/** Makes a declared store with its first use. @throws SluiceError BAD_TOPOLOGY for one that nobody declared */
function useOf(name: string, node: ProcessNode, to: Lowering): ProcessorStoreUse {
  const declared = to.declared(name)
  const made = to.madeStore(name)
  if (declared === undefined) {
    if (made?.kind === 'key-value' || to.isGlobal(name)) return { name, as: 'table' }
    throw unknownStore(name, node, made)
  }
  if (made === undefined) addStore(declared, node, to)
  return { name, ...useOfHandle(declared.handle) }
}

function addStore(declared: DeclaredStore, node: ProcessNode, to: Lowering): void {
  const { handle, changelog, in: where, line } = declared
  const { name, key, value } = handle
  for (const part of ['key', 'value'] as const) {
    to.note({ at: `store ${name}`, part, serde: serdeName(handle[part]), why: 'addStore' })
  }
  const base = { name, key, value, cache: false, changelog, in: where, line }
  to.addStore(node, specOf(handle, base))
}

function useOfHandle(handle: AnyStore): Omit<ProcessorStoreUse, 'name'> {
  if ('history' in handle) return { as: 'versioned' }
  return 'plainKey' in handle ? { as: 'window', size: handle.size } : { as: 'key-value' }
}

function specOf(handle: AnyStore, base: StoreBase): StoreSpec {
  if ('history' in handle) return { kind: 'versioned', ...base, history: handle.history }
  if (!('plainKey' in handle)) return { kind: 'key-value', ...base }
  const { plainKey, size, retention } = handle
  // A look-up of the windows of a key reads a list for each part of the retention: few, and none of them long.
  const reach = size === 'session' ? undefined : Math.max(size, Math.ceil(retention / 8))
  return { kind: 'window', ...base, plainKey, size, retention, reach }
}

function unknownStore(name: string, node: ProcessNode, made: StoreSpec | undefined): SluiceError {
  const what =
    made === undefined ? `there is no store "${name}" for the processor` : `"${name}" is no store for processors`
  return new SluiceError('BAD_TOPOLOGY', what, {
    place: { operator: node.type, store: name, line: node.line },
    hint: `add it: pipeline.addStore(store('${name}', { key, value })); the store of a table, a global one too, is there once the table is written, above the processor`,
  })
}

/** @throws SluiceError BAD_TOPOLOGY for a store that was added and that no processor uses */
export function checkDeclared(declared: readonly DeclaredStore[], isMade: (name: string) => boolean): void {
  for (const { handle, line } of declared) {
    if (isMade(handle.name)) continue
    throw new SluiceError('BAD_TOPOLOGY', `no processor uses the store "${handle.name}"`, {
      place: { store: handle.name, line },
      hint: `name it where it is used: process(…, { stores: ['${handle.name}'] }), or leave it out`,
    })
  }
}
