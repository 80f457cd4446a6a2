import Table from 'cli-table3'
import { readRecords, string, topic } from 'sluice'
import { runExample } from '../shared/run.js'
import { push } from './commits.js'
import ci, { builds, built, compiler, docs, poison, results, tools, website } from './pipeline.js'

// What is pushed may be anything: it is written as text.
const repositories = [compiler, docs, website, tools]
const pushes = new Map(repositories.map(({ name }) => [name, topic(name, { key: string, value: string })]))

await runExample({
  name: '6-commits-to-build',
  pipeline: ci,
  topics: {
    ...Object.fromEntries(repositories.map(({ name }) => [name, 1])),
    [builds.name]: 4,
    [results.name]: 4,
    [poison.name]: 1,
  },
  events: 200,
  output: results.name,
  store: built.name,
  deadLetters: poison.name,
  input: {
    writer: 'commits-to-build-input',
    topics: [...pushes.keys()],
    write(writer, n) {
      const { repository, sha, text, timestamp } = push(n)
      writer.write(pushes.get(`commits-${repository}`)!, { key: sha, value: text, timestamp })
    },
  },
  async show({ app, log }) {
    const table = new Table({
      head: ['repository', 'builds'],
      colAligns: ['left', 'right'],
      style: { compact: true, head: [], border: [] },
    })
    const counts: [string, number][] = []
    for await (const count of app.query(built).all()) counts.push(count)
    table.push(...counts.toSorted())
    console.log(table.toString())
    let shown = 0
    for await (const { key, headers } of readRecords(log, topic(poison.name, { key: string, value: string }))) {
      if (shown++ < 3) console.log(`poison commit ${key}: ${headers.text('sluice.error')}`)
    }
    console.log(`${shown} poison commits in ${poison.name}`)
    return 0
  },
})
