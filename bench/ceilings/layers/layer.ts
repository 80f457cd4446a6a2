import type { Ceiling } from '../said.js'

const shared = ['fetch', 'walk', 'value', 'filter'] as const

/** What a plain loop does with a record, one thing after the other. A layer is all of them up to one. */
export const layersOf = {
  stateless: [...shared, 'batches', 'transactions'],
  count: [...shared, 'key', 'map', 'batches', 'level', 'transactions'],
} as const

/** Layers that are the same whatever the records are read for. */
export const sharedLayers: readonly LayerName[] = shared

export type Work = keyof typeof layersOf
export type LayerName = (typeof layersOf)[Work][number]

/** What the harness hands to the loop. */
export interface Layer extends Ceiling {
  readonly work: Work
  /** The last thing that is done. */
  readonly layer: LayerName
}

/** Whether a layer does this too. */
export function does({ work, layer }: Layer, what: LayerName): boolean {
  const names: readonly LayerName[] = layersOf[work]
  return names.includes(what) && names.indexOf(what) <= names.indexOf(layer)
}

/** The topic that the counts are written to beside the output. */
export function changelogOf(output: string): string {
  return `${output}-changelog`
}
