import { expect, test } from 'vitest'
import { streamTableJoin } from '../../src/operators/stream-table-join.js'
import { route } from '../../src/operators/route.js'
import { compile, type TaskHost } from '../../src/topology/compile.js'
import { cut } from '../../src/topology/cut.js'
import type { TopologySpec } from '../../src/topology/spec.js'
import { Harness } from '../operators/harness.js'
import { filtering, headline, sink, source, split, step, storeSpec, topology } from './spec.js'

function compiled(spec: TopologySpec, part: number = 0) {
  const harness = new Harness()
  const written: unknown[] = []
  const reports: unknown[] = []
  const host: TaskHost = {
    application: 'test',
    record: harness.record,
    store: name => harness.store(name),
    tells: () => {},
    sink: node => (key, value, timestamp) => void written.push([node.name, key, value, timestamp]),
    fail: (node, error, key, value) =>
      void reports.push([node.name, (error as Error).message.split('\n')[0], key, value]),
    count: (node, what) => void reports.push([node.name, what]),
    now: () => 5,
    steady: () => 5,
    streamTime: () => 6,
    schedule: () => () => {},
    at: () => () => {},
    whenRoom: () => () => {},
    soon: () => {},
    pends: () => {},
    onRelease: () => {},
    onIdle: () => {},
    onStart: () => {},
    onCommit: () => {},
    onClose: () => {},
  }
  const task = compile(cut(spec).subs[part]!, host)
  const entry = (name: string) => task.sources.find(({ node }) => node.name === name)!
  return { task, entry, written, reports }
}

test('a record goes down every path, in the order of the nodes', () => {
  const nodes = [
    source('a'),
    filtering('long', 'a', value => value.length > 1),
    sink('all', 'a', 'x'),
    sink('long-ones', 'long', 'y'),
    step('both', ['a', 'long']),
    sink('merged', 'both', 'z'),
  ]
  const { entry, written } = compiled(topology({ nodes }))
  void entry('a').process('k', 'v', 1)
  expect(written).toEqual([
    ['all', 'k', 'v', 1],
    ['merged', 'k', 'v', 1],
  ])
  written.length = 0
  void entry('a').process('k', 'vv', 2)
  expect(written).toEqual([
    ['long-ones', 'k', 'vv', 2],
    ['merged', 'k', 'vv', 2],
    ['all', 'k', 'vv', 2],
    ['merged', 'k', 'vv', 2],
  ])
})

test('the outputs of a split', () => {
  const nodes = [
    source('a'),
    split('s', 'a', ['s.big', 's.small', 's.rest'], route([v => v === 'big', v => v === 'small' || v === 'big'])),
    sink('big', 's.big', 'x'),
    sink('rest', 's.rest', 'y'),
  ]
  const { entry, written, task } = compiled(topology({ nodes }))
  for (const value of ['big', 'small', 'odd']) void entry('a').process('k', value, 1)
  expect(written).toEqual([
    ['big', 'k', 'big', 1],
    ['rest', 'k', 'odd', 1],
  ])
  expect(task.storesInOrder).toEqual([])
})

test('state, and the stores in the order in which they are flushed', () => {
  const { task, entry, written, reports } = compiled(headline(), 1)
  expect(task.storesInOrder).toEqual(['imports', 'completed'])
  expect(task.sources.map(({ node }) => node.name)).toEqual(['imports', 'app-by-import-repartition'])
  void entry('app-by-import-repartition').process('i', 'job', 3)
  void entry('app-by-import-repartition').process('i', null, 3)
  void entry('app-by-import-repartition').process(null, 'job', 3)
  expect(written).toEqual([['out', 'i', 1, 3]])
  expect(reports).toEqual([
    ['count', 'null_values_dropped'],
    ['count', expect.stringMatching(/^NULL_KEY/), null, 'job'],
  ])
})

test('an operator that reads another’s store', () => {
  const nodes = [
    source('t'),
    source('s'),
    step('table', 't', { stores: ['rows'] }),
    step('join', 's', {
      stores: ['rows'],
      operator: streamTableJoin({ table: 'rows', joiner: (a: string, b: number | null) => `${a}${b}`, left: false }),
    }),
    sink('out', 'join', 'o'),
  ]
  const { entry, written } = compiled(topology({ nodes, stores: [storeSpec('rows')] }))
  void entry('t').process('k', 'x', 1)
  void entry('s').process('k', 'a', 2)
  expect(written).toEqual([['out', 'k', 'a1', 2]])
})

test('a record that fails in one branch goes down the others', () => {
  const nodes = [
    source('a'),
    filtering('bad', 'a', () => {
      throw new Error('bad')
    }),
    sink('after-bad', 'bad', 'x'),
    sink('other', 'a', 'y'),
  ]
  const { entry, written, reports } = compiled(topology({ nodes }))
  void entry('a').process('k', 'v', 1)
  expect(reports).toEqual([['bad', 'bad', 'k', 'v']])
  expect(written).toEqual([['other', 'k', 'v', 1]])
})
