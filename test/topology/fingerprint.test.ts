import { expect, it } from 'vitest'
import { fingerprint } from '../../src/topology/fingerprint.js'
import type { TopologySpec } from '../../src/topology/spec.js'
import { headline, sink, source, step, storeSpec, textSerde, topology } from './spec.js'

it('is the same for another copy of the same pipeline, whatever its functions and serdes', () => {
  expect(fingerprint(headline())).toBe(fingerprint(headline()))
  const counting = (name: string): TopologySpec =>
    topology({ nodes: [source('jobs', { key: textSerde(name) })], stores: [storeSpec('counts')] })
  expect(fingerprint(counting('a'))).toBe(fingerprint(counting('b')))
})

it.each<[string, Partial<TopologySpec>]>([
  ['the application', { application: 'other' }],
  ['a topic that is read', { nodes: [source('others', { name: 'jobs' }), sink('out', 'jobs', 'finished')] }],
  ['a pattern', { nodes: [source(/jobs/, { name: 'jobs' }), sink('out', 'jobs', 'finished')] }],
  ['a topic that is written', { nodes: [source('jobs'), sink('out', 'jobs', 'elsewhere')] }],
  ['an operator', { nodes: [source('jobs'), step('x', 'jobs'), sink('out', 'x', 'finished')] }],
  [
    'what is done about failures',
    { nodes: [source('jobs', { onFailure: { kind: 'skip' } }), sink('out', 'jobs', 'finished')] },
  ],
  ['a store', { stores: [storeSpec('counts')] }],
  ['the changelog of a store', { stores: [storeSpec('state', false)] }],
])('differs where %s does', (_, change) => {
  const base = topology({ nodes: [source('jobs'), sink('out', 'jobs', 'finished')], stores: [storeSpec('state')] })
  expect(fingerprint({ ...base, ...change })).not.toBe(fingerprint(base))
})
