import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { kafkaClassPath, missingTools } from '../kafka/jars.js'

const page = join(import.meta.dirname, '../../docs/from-kafka-streams.md')
const hasJavap = (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, 'javap')))

/** Said of a class by its section, and never by a row. */
const ofEveryObject = new Set(['equals', 'hashCode', 'toString'])
const root = 'org.apache.kafka.streams'

/** By the package in which the classes of the page lie. */
const packages: Readonly<Record<string, readonly string[]>> = {
  [root]: ['StreamsBuilder', 'Topology', 'KafkaStreams', 'TopologyConfig', 'AutoOffsetReset'],
  [`${root}.kstream`]: [
    'KStream',
    'BranchedKStream',
    'Branched',
    'KGroupedStream',
    'TimeWindowedKStream',
    'SessionWindowedKStream',
    'CogroupedKStream',
    'TimeWindowedCogroupedKStream',
    'SessionWindowedCogroupedKStream',
    'KTable',
    'KGroupedTable',
    'GlobalKTable',
    'Materialized',
    'Grouped',
    'Joined',
    'StreamJoined',
    'TableJoined',
    'Produced',
    'Consumed',
    'Repartitioned',
    'Named',
    'Printed',
    'Suppressed',
    'Suppressed$BufferConfig',
    'EmitStrategy',
    'TimeWindows',
    'SlidingWindows',
    'SessionWindows',
    'UnlimitedWindows',
    'JoinWindows',
    'Windows',
    'Window',
    'Windowed',
    'WindowedSerdes',
  ],
  [`${root}.processor`]: ['Cancellable', 'TimestampExtractor', 'StreamPartitioner', 'TopicNameExtractor'],
  [`${root}.processor.api`]: [
    'ProcessorSupplier',
    'Processor',
    'ProcessorContext',
    'ProcessingContext',
    'FixedKeyProcessor',
    'FixedKeyProcessorContext',
    'Record',
    'FixedKeyRecord',
  ],
  [`${root}.state`]: [
    'Stores',
    'StoreBuilder',
    'KeyValueStore',
    'ReadOnlyKeyValueStore',
    'WindowStore',
    'ReadOnlyWindowStore',
    'SessionStore',
    'ReadOnlySessionStore',
    'VersionedKeyValueStore',
  ],
}
const ofTests = [`${root}.TopologyTestDriver`, `${root}.TestInputTopic`, `${root}.TestOutputTopic`].concat(
  `${root}.processor.api.MockProcessorContext`,
)
const classes = Object.entries(packages)
  .flatMap(([name, members]) => members.map(member => `${name}.${member}`))
  .concat(ofTests)

/** The public methods of each class, by its name without the package. */
async function methods(): Promise<Map<string, Set<string>>> {
  const args = ['-public', '-cp', await kafkaClassPath(), ...classes]
  const { stdout } = await promisify(execFile)('javap', args, { maxBuffer: 1 << 24 })
  const found = new Map<string, Set<string>>()
  let current = new Set<string>()
  for (const line of stdout.split('\n')) {
    const opened = /^public .*?\b(?:class|interface) ([\w.$]+)/.exec(line)?.[1]
    if (opened !== undefined) found.set(shortName(opened), (current = new Set()))
    // A constructor has a dot before its name.
    const method = /[ ](\w+)\(/.exec(line)?.[1]
    if (opened === undefined && method !== undefined && !ofEveryObject.has(method)) current.add(method)
  }
  return found
}

async function configNames(): Promise<Set<string>> {
  const args = ['-public', '-constants', '-cp', await kafkaClassPath(), `${root}.StreamsConfig`]
  const { stdout } = await promisify(execFile)('javap', args)
  return new Set([...stdout.matchAll(/_CONFIG(?:_CONFIG)? = "([^"]+)"/g)].map(match => match[1]!))
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).replace('$', '.')
}

/** What the page says: by section, the names in the first column of its table, and rows without an answer. */
async function table(): Promise<{ names: Map<string, Set<string>>; empty: string[] }> {
  const names = new Map<string, Set<string>>()
  const empty: string[] = []
  let section = new Set<string>()
  for (const line of (await readFile(page, 'utf8')).split('\n')) {
    const heading = /^### (\S+)$/.exec(line)?.[1]
    if (heading !== undefined) names.set(heading, (section = new Set()))
    const row = /^\| (`.*?`) \| (.*) \|$/.exec(line)
    if (row === null) continue
    for (const [, name] of row[1]!.matchAll(/`([^`]+)`/g)) section.add(name!)
    if (row[2]!.trim() === '') empty.push(row[1]!)
  }
  return { names, empty }
}

describe.skipIf(missingTools() !== undefined || !hasJavap)('docs/from-kafka-streams.md', () => {
  let theirs: Map<string, Set<string>>
  let ours: Map<string, Set<string>>

  beforeAll(async () => {
    theirs = await methods()
    theirs.set('StreamsConfig', await configNames())
    ours = (await table()).names
  })

  it('has a section for each class', () => {
    expect(theirs.size).toBe(classes.length + 1)
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort())
  })

  it('names every public method and option of the jar, and none that is not there', () => {
    const differing = [...theirs].flatMap(([name, has]) => {
      const said = ours.get(name)!
      const missing = [...has].filter(one => !said.has(one)).map(one => `${name}.${one} is missing`)
      const invented = [...said].filter(one => !has.has(one)).map(one => `${name}.${one} does not exist`)
      return [...missing, ...invented]
    })
    expect(differing).toEqual([])
    expect([...theirs.values()].reduce((sum, names) => sum + names.size, 0)).toBeGreaterThan(300)
  })

  it('has an answer for each', async () => {
    expect((await table()).empty).toEqual([])
  })
})
