import { cp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { sluiceEmbedded } from '../engines/sluice-embedded.js'
import { sluice } from '../engines/sluice.js'
import { digestOf } from '../harness/datasets.js'
import { createTopic, fill } from '../harness/embedded-log.js'
import { measure } from '../harness/measure.js'
import { runToEnd, type Message } from '../harness/process.js'
import { figure, figures, ratio, type Figure, type Result, type Row } from '../harness/result.js'
import { scratch } from '../harness/at-end.js'
import { today, type Bench, type Suite } from '../harness/suite.js'
import { countPerKey } from '../workloads/count.js'
import { stateless } from '../workloads/stateless.js'
import type { Ceiling } from '../ceilings/said.js'
import type { Digest } from '../harness/digest.js'

const count = countPerKey('count', 100_000)
/** Of three jobs two are completed, and so written. */
const written = 2 / 3

/** What the layers below could do at most, and the share of it that is reached. */
export const ceilings: Suite = {
  name: 'ceilings',
  title: 'what a plain loop, the fetch, the append and LevelDB do by themselves, and the share that is reached',
  async run(bench) {
    const rounds = <T>(one: () => Promise<T>): Promise<T[]> => repeat(bench.options.rounds, one)
    const [embeddedCount] = await measure(count, [sluiceEmbedded], bench)
    const loop = await inFilledLog(bench, directory => rounds(() => fusedLoop(bench, directory)))
    const [kafkaStateless] = await measure(stateless, [sluice], bench)
    const fetch = await rounds(() => onKafka(bench, 'fetch'))
    const objects = await rounds(() => onKafka(bench, 'kafkajs-fetch'))
    const append = await rounds(() => onKafka(bench, 'append'))
    const level = await rounds(() => levelDb(bench))
    const counted = figures(embeddedCount!.rounds).rate
    const filtered = figures(kafkaStateless!.rounds).rate
    const appended = figure(kafkaStateless!.rounds.map(({ rate }) => rate * written))
    const rows = [
      row('sluice-embedded, count', counted),
      row('plain fused loop', figure(loop), counted),
      row('sluice, stateless', filtered),
      row('bare fetch', figure(fetch), filtered),
      row('kafkajs fetch', figure(objects), filtered),
      row('sluice, stateless, records written', appended),
      row('bare append', figure(append), appended),
      row('LevelDB puts', figure(level.map(({ puts }) => puts))),
      row('LevelDB gets', figure(level.map(({ gets }) => gets))),
    ]
    return result(bench, rows)
  },
}

async function repeat<T>(times: number, one: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  for (let i = 0; i < times; i++) all.push(await one())
  return all
}

/** The records that every ceiling works on, of which the first are not timed. */
function amount({ options }: Bench): Pick<Ceiling, 'records' | 'warmUp' | 'partitions'> {
  const { records, warmUp } = options
  return { records: records + warmUp, warmUp, partitions: count.partitions }
}

async function inFilledLog<T>(bench: Bench, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await scratch()
  try {
    const [input] = count.inputs
    await fill(directory, input!.name, count.partitions, input!.records(amount(bench).records))
    await createTopic(directory, 'output', count.partitions)
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function fusedLoop(bench: Bench, filled: string): Promise<number> {
  return inDirectory(async directory => {
    await cp(filled, directory, { recursive: true })
    const input = count.inputs[0]!.name
    const said = await program('fused-loop', { ...amount(bench), directory, brokers: [], input, output: 'output' })
    const [found, expected] = [said['digest'] as Digest, digestOf(count, amount(bench).records)]
    if (found.sums !== expected.sums) throw new Error('the plain loop counts something else')
    return tell(bench, 'plain fused loop', Number(said['rate']))
  })
}

async function onKafka(bench: Bench, name: 'fetch' | 'kafkajs-fetch' | 'append'): Promise<number> {
  const cluster = await bench.cluster()
  const [input] = await (await bench.datasets()).topics(stateless, amount(bench).records)
  const output = `${cluster.prefix}-${name}-${Date.now().toString(36)}`
  await cluster.createTopic(output, stateless.partitions)
  const ceiling = { ...amount(bench), directory: '', brokers: cluster.brokers, input: input!, output }
  const said = await program(name, ceiling)
  return tell(bench, name === 'kafkajs-fetch' ? 'kafkajs fetch' : `bare ${name}`, Number(said['rate']))
}

async function levelDb(bench: Bench): Promise<{ readonly puts: number; readonly gets: number }> {
  return inDirectory(async directory => {
    const said = await program('level', { ...amount(bench), directory, brokers: [], input: '', output: '' })
    return { puts: tell(bench, 'LevelDB puts', Number(said['rate'])), gets: Number(said['gets']) }
  })
}

/** Gives a directory to work in, and takes it away. */
export async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await scratch()
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs a program of bench/ceilings. */
export async function program(name: string, ceiling: Ceiling): Promise<Message> {
  const file = fileURLToPath(new URL(`../ceilings/${name}.ts`, import.meta.url))
  let said: Message | undefined
  const command = { command: process.execPath, args: ['--import', 'tsx', file, JSON.stringify(ceiling)] }
  await runToEnd(command, message => (said = message))
  if (said === undefined) throw new Error(`${name} said nothing`)
  return said
}

function tell(bench: Bench, what: string, rate: number): number {
  bench.say(`  ${what}: ${Math.round(rate).toLocaleString('en')}/s`)
  return rate
}

function row(label: string, rate: Figure, reached?: Figure): Row {
  const share = reached === undefined ? {} : { share: ratio(reached, rate) }
  return { id: label, label, note: '', date: today(), figures: { rate, ...share } }
}

function result({ machine }: Bench, rows: readonly Row[]): Result {
  return {
    name: ceilings.name,
    title: 'ceilings, and the share of them that is reached by the Sluice row above each',
    machine,
    columns: [
      { id: 'rate', title: 'per second', digits: 0, spread: true },
      { id: 'share', title: 'share reached', digits: 2 },
    ],
    rows,
    notes: [
      'plain fused loop: the count per key as one loop over the embedded log, counts in a Map, outputs, state and positions in one write every 100 ms; its counts are compared',
      'bare fetch: whole batches at read_committed, no record looked at; what JSON leaves of it, layers says; kafkajs fetch: every record an object, none looked at; bare append: records made once, a transaction every 100 ms',
      'LevelDB: chained batches of 10,000 counts under 100,000 keys; getSync of keys that are there',
    ],
    chart: { kind: 'bars', column: 'rate', title: 'per second' },
    headline: { column: 'rate', pairs: [] },
  }
}
