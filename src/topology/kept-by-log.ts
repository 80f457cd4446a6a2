import type { StoreSpec, TopologySpec } from './spec.js'

/**
 * A pipeline on a log that keeps its state. No changelog is written there; a table whose rows are those of its topic is made of
 * that where it comes late, or where the topic was deleted and made again.
 */
export function keptByLog(spec: TopologySpec): TopologySpec {
  return { ...spec, stores: spec.stores.map(madeOfTopic) }
}

function madeOfTopic(store: StoreSpec): StoreSpec {
  const { changelog, rowsOf } = store
  if (changelog !== true || rowsOf?.asTheyAre !== true) return store
  return { ...store, changelog: { source: rowsOf.topic }, rowsOf: undefined }
}
