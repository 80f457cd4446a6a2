import { expect, it } from 'vitest'
import { avro, json, long, pipeline, store, string, topic } from '../../dsl/index.js'

const jobSchema = {
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'importId', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['started', 'completed'] } },
  ],
} as const
const importSchema = { type: 'record', name: 'Import', fields: [{ name: 'total', type: 'long' }] } as const

it('lowers the pipeline of the README', () => {
  const tracker = pipeline('import-tracker')
  const jobs = topic('jobs', { key: string, value: avro(jobSchema) })
  const imports = topic('imports', { key: string, value: avro(importSchema) })
  const finished = topic('finished-imports', { key: string, value: json<{ done: number; total: number }>() })
  const completed = store('completed-jobs', { key: string, value: long })

  tracker
    .stream(jobs)
    .filter(job => job.status === 'completed')
    .groupBy(job => job.importId)
    .count({ as: completed })
    .join(tracker.table(imports), (done, imp) => ({ done, total: imp.total }))
    .toStream({ tombstones: false })
    .filter(p => p.done === p.total)
    .to(finished)

  expect(tracker.describe().toString()).toMatchInlineSnapshot(`
    "Topologies:
       Sub-topology: 0 (jobs)
        Source: jobs (topics: [jobs])
          --> jobs.stream
        Processor: jobs.stream (stores: [])
          --> jobs.filter
          <-- jobs
        Processor: jobs.filter (stores: [])
          --> jobs.groupBy
          <-- jobs.stream
        Processor: jobs.groupBy (stores: [])
          --> completed-jobs-repartition.sink
          <-- jobs.filter
        Sink: completed-jobs-repartition.sink (topic: import-tracker-completed-jobs-repartition)
          <-- jobs.groupBy

      Sub-topology: 1 (completed-jobs-repartition)
        Source: completed-jobs-repartition (topics: [import-tracker-completed-jobs-repartition])
          --> completed-jobs.count
        Processor: completed-jobs.count (stores: [completed-jobs])
          --> completed-jobs-imports.join.left
          <-- completed-jobs-repartition
        Source: imports (topics: [imports])
          --> imports.table
        Processor: imports.table (stores: [imports])
          --> completed-jobs-imports.join.right
          <-- imports
        Processor: completed-jobs-imports.join.left (stores: [imports])
          --> completed-jobs-imports.join
          <-- completed-jobs.count
        Processor: completed-jobs-imports.join.right (stores: [completed-jobs])
          --> completed-jobs-imports.join
          <-- imports.table
        Processor: completed-jobs-imports.join (stores: [])
          --> completed-jobs-imports.toStream
          <-- completed-jobs-imports.join.left, completed-jobs-imports.join.right
        Processor: completed-jobs-imports.toStream (stores: [])
          --> completed-jobs-imports.filter
          <-- completed-jobs-imports.join
        Processor: completed-jobs-imports.filter (stores: [])
          --> completed-jobs-imports.to
          <-- completed-jobs-imports.toStream
        Sink: completed-jobs-imports.to (topic: finished-imports)
          <-- completed-jobs-imports.filter

    "
  `)
  expect(tracker.lower().copartitions).toMatchInlineSnapshot(`
    [
      {
        "line": "test/dsl/headline.test.ts:26:6",
        "operator": "completed-jobs-imports.join",
        "topics": [
          "import-tracker-completed-jobs-repartition",
          "imports",
        ],
      },
    ]
  `)
  expect(tracker.lower().stores.map(({ key, value, ...rest }) => ({ ...rest, key: key.name, value: value.name })))
    .toMatchInlineSnapshot(`
      [
        {
          "cache": true,
          "changelog": true,
          "in": "disk",
          "key": "string",
          "kind": "key-value",
          "line": "test/dsl/headline.test.ts:25:6",
          "name": "completed-jobs",
          "value": "long",
        },
        {
          "cache": true,
          "changelog": true,
          "in": "disk",
          "key": "string",
          "kind": "key-value",
          "line": "test/dsl/headline.test.ts:26:19",
          "name": "imports",
          "rowsOf": {
            "asTheyAre": true,
            "topic": "imports",
          },
          "value": "avro(Import)",
        },
      ]
    `)
  expect(tracker.describe().toJSON().serdes).toMatchInlineSnapshot(`
    [
      {
        "at": "topic jobs",
        "part": "key",
        "serde": "string",
        "why": "topic jobs",
      },
      {
        "at": "topic jobs",
        "part": "value",
        "serde": "avro(Job)",
        "why": "topic jobs",
      },
      {
        "at": "topic import-tracker-completed-jobs-repartition",
        "part": "key",
        "serde": "string",
        "why": "the default for keys after groupBy",
      },
      {
        "at": "topic import-tracker-completed-jobs-repartition",
        "part": "value",
        "serde": "avro(Job)",
        "why": "topic jobs",
      },
      {
        "at": "store completed-jobs",
        "part": "key",
        "serde": "string",
        "why": "store(completed-jobs)",
      },
      {
        "at": "store completed-jobs",
        "part": "value",
        "serde": "long",
        "why": "store(completed-jobs)",
      },
      {
        "at": "topic imports",
        "part": "key",
        "serde": "string",
        "why": "topic imports",
      },
      {
        "at": "topic imports",
        "part": "value",
        "serde": "avro(Import)",
        "why": "topic imports",
      },
      {
        "at": "store imports",
        "part": "key",
        "serde": "string",
        "why": "topic imports",
      },
      {
        "at": "store imports",
        "part": "value",
        "serde": "avro(Import)",
        "why": "topic imports",
      },
      {
        "at": "topic finished-imports",
        "part": "key",
        "serde": "string",
        "why": "to",
      },
      {
        "at": "topic finished-imports",
        "part": "value",
        "serde": "json",
        "why": "to",
      },
    ]
  `)
})
