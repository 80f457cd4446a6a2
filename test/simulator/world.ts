import { join } from 'node:path'
import { json, long, pipeline, store, string, topic, type Tick } from '../../dsl/index.js'
import type { LocalLog } from '../../src/log/local/local-log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import type { Instance } from '../../src/runtime/instance.js'
import { startInstance } from '../../src/runtime/start.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { calling, comings, outputs, Outside, votes } from './calls.js'
import { Chaos, chaoticLog, turns, type Fates } from './chaos.js'
import { writeRecords } from '../write-records.js'

const names = topic('names', { key: string, value: string })
const results = topic('results', { key: string, value: json<{ votes: number; name: string | null }>() })
const spoilt = topic('spoilt', { key: string, value: string })
/** Every vote again, some time after it was cast. */
const echoes = topic('echoes', { key: string, value: json<{ for: string }>() })
const ticked = topic('ticked', { key: string, value: json<Tick>() })
const tally = store('tally', { key: string, value: long })

function election(outside: Outside, changelog: true | 'topic') {
  const p = pipeline('election', { value: json() }).deadLetter(spoilt)
  p.stream(votes)
    .groupBy(vote => vote.for)
    .count({ as: tally })
    .leftJoin(p.table(names, { changelog }), (count, name) => ({ votes: count, name }))
    .toStream({ tombstones: false })
    .to(results)
  p.stream(votes).delay('3s').to(echoes)
  p.every('*/2 * * * * *', { catchUp: 'all' }).to(ticked)
  calling(p, outside)
  return p
}

interface Process {
  readonly instance: Instance
  readonly chaos: Chaos
}

/** A log in memory, a clock by hand, and processes that come and go, each with a directory of its own. */
export class World {
  readonly #clock = new ManualClock(0)
  readonly #log: LocalLog = memoryLog({ clock: this.#clock })
  readonly #processes: (Process | undefined)[]
  readonly #dir: string
  readonly #standbys: number
  readonly #changelog: true | 'topic'
  /** The most standbys that were seen up to date at one time. */
  mostStandbys = 0
  readonly #outside = new Outside()
  #cast = 0
  readonly #spoilt: string[] = []
  readonly #expected = new Map<string, number>()

  /** @param changelog of the table that the votes meet */
  constructor(dir: string, size: number, standbys: number, changelog: true | 'topic') {
    this.#dir = dir
    this.#standbys = standbys
    this.#changelog = changelog
    this.#processes = Array.from({ length: size })
  }

  async setUp(): Promise<void> {
    await this.#log.topics.create(
      [votes, names, results, spoilt, echoes, ticked, ...outputs].map(({ name }) => ({ name, partitions: 2 })),
    )
  }

  /** Writes votes for five candidates, by far not evenly; one in eleven cannot be read. */
  async vote(count: number): Promise<void> {
    await writeRecords(this.#log, ['votes', 'names'], writer => {
      for (let i = 0; i < count; i++) {
        if (this.#cast % 11 === 10) {
          const key = `v${this.#cast}`
          writer.write({ ...votes, value: string }, { key, value: '{', timestamp: this.#cast++ })
          this.#spoilt.push(key)
          continue
        }
        const candidate = `c${(this.#cast * this.#cast) % 5}`
        writer.write(votes, { key: `v${this.#cast}`, value: { for: candidate }, timestamp: this.#cast })
        this.#expected.set(candidate, (this.#expected.get(candidate) ?? 0) + 1)
        this.#cast++
      }
    })
  }

  /** Starts process `n`, unless it runs. One that died before goes on with its directory. */
  async start(n: number, fates: Fates): Promise<void> {
    const slot = n % this.#processes.length
    await this.#bury(slot)
    if (this.#processes[slot] !== undefined) return
    const chaos = new Chaos(fates)
    try {
      const instance = await startInstance(election(this.#outside, this.#changelog), {
        log: chaoticLog(this.#log, chaos),
        clock: this.#clock,
        stateDir: join(this.#dir, `${slot}`),
        standbys: this.#standbys,
        cacheBytes: 0,
        maxUncommittedBytes: 600,
        onError: () => {},
      })
      this.#processes[slot] = { instance, chaos }
    } catch (error) {
      // It met a fault before it ran; the next start tries again.
      if (!chaos.crashed && (error as { code?: string }).code !== 'BROKER') throw error
    }
  }

  async close(n: number): Promise<void> {
    const slot = n % this.#processes.length
    // What a fault made of its last commit is judged when it is taken away.
    await this.#let(this.#processes[slot]?.instance.close().catch(() => {}))
    await this.#bury(slot)
  }

  /** The process dies at its next request. */
  crash(n: number): void {
    const process = this.#processes[n % this.#processes.length]
    if (process !== undefined) process.chaos.crashed = true
  }

  /** The group no longer hears of the process. */
  expire(n: number): void {
    const process = this.#processes[n % this.#processes.length]
    if (process !== undefined) this.#log.expire(process.chaos.memberId)
  }

  /** Lets everybody work, for so many turns of the event loop; time passes when nobody else does. */
  async run(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await turns(1)
      const current = this.#processes.flatMap(one => one?.instance.status.standbys.filter(({ lag }) => lag === 0) ?? [])
      this.mostStandbys = Math.max(this.mostStandbys, current.length)
      const { next } = this.#clock
      if (next !== undefined && i % 4 === 3) this.#clock.moveTo(next)
    }
  }

  /** From now on nothing fails: whoever is dead comes back, and everything that was cast is counted. */
  async finish(): Promise<void> {
    for (const process of this.#processes) if (process !== undefined) process.chaos.calm = true
    await this.run(200)
    // A fault of before may still end a process; the next attempt finds none.
    for (let attempt = 1; ; attempt++) {
      for (const slot of this.#processes.keys()) await this.start(slot, { commits: [], requests: [] })
      try {
        await this.#let(this.#processes[0]!.instance.drained())
        break
      } catch (error) {
        if (attempt === 4) throw error
      }
    }
    for (const slot of [...this.#processes.keys()].slice(1)) await this.close(slot)
  }

  /** The results as a reader finds them: for each candidate every count, in order. */
  async results(): Promise<Record<string, number[]>> {
    const found: Record<string, number[]> = {}
    for await (const { key, value } of readRecords(this.#log, results)) (found[key!] ??= []).push(value!.votes)
    return found
  }

  /** The votes as they came again: how often each did. */
  async echoes(): Promise<Record<string, number>> {
    const { instance } = this.#processes[0]!
    await this.#let(hasAll(instance))
    const read = async () => {
      const found: Record<string, number> = {}
      for await (const { key } of readRecords(this.#log, echoes)) found[key!] = (found[key!] ?? 0) + 1
      return found
    }
    for (let waited = 0; waited < 100 && Object.keys(await read()).length < this.#readable; waited++) await this.run(40)
    await this.run(40)
    return read()
  }

  /** How often each vote came out of the calls, of the effects and of the parked records. */
  comings(): Promise<Record<string, number>[]> {
    return comings(this.#log)
  }

  /** How many idempotency keys each vote's mail had. */
  mails(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#outside.mails, ([key, keys]) => [key, keys.size]))
  }

  /** The keys of the votes that can be read, each once. */
  once(): Record<string, number> {
    const keys = Array.from({ length: this.#cast }, (_, i) => `v${i}`).filter(key => !this.#spoilt.includes(key))
    return Object.fromEntries(keys.map(key => [key, 1]))
  }

  get #readable(): number {
    return this.#cast - this.#spoilt.length
  }

  /** For each tick, how long after the one before it was scheduled, which it names; in milliseconds. */
  async ticks(): Promise<number[]> {
    const found: Tick[] = []
    for await (const { value } of readRecords(this.#log, ticked)) found.push(value!)
    return found.slice(1).map(({ scheduled, previous }, i) => {
      return previous === found[i]!.scheduled ? scheduled - previous : Number.NaN
    })
  }

  /** The keys of what could not be read: those of the dead-letter topic, and those that were written. */
  async spoilt(): Promise<{ readonly found: string[]; readonly written: string[] }> {
    const found: string[] = []
    for await (const { key } of readRecords(this.#log, spoilt)) found.push(key!)
    return { found: found.toSorted(), written: this.#spoilt.toSorted() }
  }

  /** What a plain loop gives. */
  expected(): Record<string, number[]> {
    const counts = Array.from(this.#expected, ([key, count]) => [key, Array.from({ length: count }, (_, i) => i + 1)])
    return Object.fromEntries(counts) as Record<string, number[]>
  }

  /** The store, in the one process that is left: what it kept, and what it restored of the others'. */
  async tally(): Promise<Record<string, number>> {
    const { instance } = this.#processes[0]!
    await this.#let(hasAll(instance))
    const found: Record<string, number> = {}
    for await (const [key, count] of instance.query(tally).all()) found[key] = count
    return found
  }

  async end(): Promise<void> {
    await this.#let(Promise.allSettled(this.#processes.map(async process => process?.instance.close())))
    await this.#log.close()
  }

  /** Takes the dead away; an end that no fault explains is a finding. */
  async #bury(slot: number): Promise<void> {
    const process = this.#processes[slot]
    if (process === undefined) return
    const { state, error } = process.instance.status
    if (state !== 'error' && state !== 'closed' && !process.chaos.crashed) return
    // One that slept when it died learns it by this.
    await this.#let(process.instance.close().catch(() => {}))
    this.#processes[slot] = undefined
    const explained =
      process.chaos.crashed ||
      error === undefined ||
      /^(BROKER|FENCED|COMMIT_UNKNOWN)$/.test((error as { code?: string }).code ?? '')
    if (!explained) throw error
  }

  /** Time passes while something is awaited. */
  async #let<T>(awaited: Promise<T> | undefined): Promise<T | undefined> {
    let over = false
    const settled = awaited?.catch(() => {}).finally(() => (over = true))
    // LevelDB takes its own time.
    const deadline = performance.now() + 15_000
    while (!over && awaited !== undefined) {
      if (performance.now() > deadline)
        throw new Error(`nothing moves any more: ${JSON.stringify(this.#processes.map(one => one?.instance.status))}`)
      await this.run(4)
    }
    await settled
    return awaited
  }
}

/** Two sub-topologies of two partitions each, and that of the ticks. */
async function hasAll(instance: Instance): Promise<void> {
  const complete = (): boolean => instance.status.tasks.length === 5 && instance.status.state === 'running'
  while (!complete()) {
    if (instance.status.error !== undefined) throw instance.status.error
    await turns(1)
  }
}
