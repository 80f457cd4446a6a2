import { aggregate } from '../../src/operators/aggregate.js'
import { countFold } from '../../src/operators/fold.js'
import { filter } from '../../src/operators/filter.js'
import { passThrough } from '../../src/operators/pass-through.js'
import type { Serde } from '../../src/serde/serde.js'
import type {
  OperatorSpec,
  RepartitionSpec,
  SinkSpec,
  SourceSpec,
  SplitSpec,
  StoreSpec,
  TopologySpec,
  Uses,
} from '../../src/topology/spec.js'

/** Texts as bytes. Two of these are two different serdes to the engine. */
export function textSerde(name: string = 'text'): Serde<string> {
  return { name, serialize: value => Buffer.from(value), deserialize: bytes => Buffer.from(bytes).toString() }
}

export const text: Serde<string> = textSerde()

const base = { line: 'app.ts:1:1', onFailure: { kind: 'stop' } } as const

export function source(topics: string | readonly string[] | RegExp, more: Partial<SourceSpec> = {}): SourceSpec {
  const list = typeof topics === 'string' ? [topics] : topics
  const name = list instanceof RegExp ? 'pattern' : list[0]!
  const plain = { key: text, value: text, timestamp: undefined, from: 'earliest' } as const
  return { kind: 'source', name, topics: list, ...plain, ...base, ...more }
}

export const looksAtNothing: Uses = { key: false, value: false, passesKey: true, passesValue: true }

/** A stateless step, or with stores one that counts into the first. */
export function step(
  name: string,
  parents: string | readonly string[],
  more: Partial<OperatorSpec> = {},
): OperatorSpec {
  const stores = more.stores ?? []
  return {
    kind: 'operator',
    name,
    type: 'step',
    parents: typeof parents === 'string' ? [parents] : parents,
    stores,
    operator: stores.length === 0 ? passThrough() : aggregate({ store: stores[0]!, fold: countFold }),
    uses: stores.length === 0 ? looksAtNothing : { key: true, value: false, passesKey: false, passesValue: false },
    ...base,
    ...more,
  }
}

export function filtering(name: string, parents: string, predicate: (value: string) => boolean): OperatorSpec {
  return step(name, parents, { operator: filter(predicate), uses: { ...looksAtNothing, value: true } })
}

export function split(
  name: string,
  parent: string,
  outputs: readonly string[],
  splitter: SplitSpec['splitter'],
): SplitSpec {
  const uses = { ...looksAtNothing, value: true }
  return { kind: 'split', type: 'split', name, parents: [parent], outputs, splitter, uses, ...base }
}

export function sink(
  name: string,
  parents: string | readonly string[],
  topic: string,
  more: Partial<SinkSpec> = {},
): SinkSpec {
  const plain = { key: text, value: text, partitioner: undefined, repartition: undefined }
  return {
    kind: 'sink',
    name,
    parents: typeof parents === 'string' ? [parents] : parents,
    topic,
    ...plain,
    ...base,
    ...more,
  }
}

export function storeSpec(name: string, changelog: StoreSpec['changelog'] = true): StoreSpec {
  return { kind: 'key-value', name, key: text, value: text, cache: false, changelog, in: 'disk', line: base.line }
}

export function repartition(name: string, more: Partial<RepartitionSpec> = {}): RepartitionSpec {
  return { name, topic: `app-${name}-repartition`, partitions: undefined, partitioner: 'murmur2', ...more }
}

export function topology(parts: Partial<TopologySpec>): TopologySpec {
  return { application: 'app', nodes: [], stores: [], repartitions: [], copartitions: [], ...parts }
}

/** `jobs` is counted per import, then joined with the table of `imports` and written to `finished`. */
export function headline(more: Partial<TopologySpec> = {}): TopologySpec {
  const by = repartition('by-import')
  return topology({
    nodes: [
      source('jobs'),
      source('imports'),
      step('table', 'imports', { stores: ['imports'] }),
      filtering('completed', 'jobs', () => true),
      sink('by-import-sink', 'completed', by.topic, { repartition: 'by-import' }),
      source(by.topic),
      step('count', by.topic, { stores: ['completed'] }),
      step('join', 'count', { stores: ['completed', 'imports'], operator: passThrough() }),
      sink('out', 'join', 'finished'),
    ],
    stores: [storeSpec('completed'), storeSpec('imports', { source: 'imports' })],
    repartitions: [by],
    copartitions: [{ topics: [by.topic, 'imports'], operator: 'join', line: 'app.ts:9:3' }],
    ...more,
  })
}
