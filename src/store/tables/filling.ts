import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { allEnded } from '../all-ended.js'
import { writeError } from '../level-db.js'
import type { StateLoad } from '../state-db.js'
import { numberAt, numberBytes, numberEntries } from '../store-numbers.js'
import { writeSynced } from '../write-synced.js'
import { Levels } from './levels.js'
import { manifestBytes, type PlacedTable } from './manifest.js'
import { Run } from './run.js'
import { RunLoad } from './run-load.js'
import { TableWriter } from './table.js'

/** With so many tables on the highest level LevelDB begins to merge them. */
const crowded = 4
/** Bytes of keys and values that a run has room for from the beginning. */
const usualRun = 2 << 20
/** What comes in disorder is gathered until it has so many bytes: each of its tables takes a level for itself. */
const usualGathering = 7 << 20
/** Of a table beyond its keys and values: shared bytes left out, tags, filters and index put in. It grows where that is too little. */
const overhead = 1.2
/** LevelDB keeps none for its own entries, as there are none. */
const log = 1
const noBytes = Buffer.alloc(0)

/**
 * A LevelDB that is made of whole tables in a directory of its own: without a write-ahead log, without the table in memory,
 * and nothing is written twice. Loads become tables, one per store, and last from the next `keep` on.
 */
export class Filling {
  readonly #dir: string
  readonly #run = new Run(usualRun)
  readonly #levels = new Levels()
  readonly #tables: PlacedTable[] = []
  readonly #stores = new Map<string, { readonly number: number; readonly prefix: Buffer }>()
  readonly #gathering: number
  #runs = 0
  #files = log

  private constructor(dir: string, gathering: number) {
    this.#dir = dir
    this.#gathering = gathering
  }

  /**
   * @param dir is made anew
   * @param marker the entry that says whose the database is
   * @param stores get the lowest numbers, in this order: the first of them lies in one table with the marker and the numbers
   * @throws SluiceError STATE_WRITE, as all that writes does
   */
  static async make(
    dir: string,
    marker: readonly [key: Buffer, value: Buffer],
    stores: Iterable<string> = [],
    gathering: number = usualGathering,
  ): Promise<Filling> {
    const filling = new Filling(dir, gathering)
    await filling.#try(async () => {
      await rm(dir, { recursive: true, force: true })
      await mkdir(dir)
    })
    filling.#add(...marker)
    for (const store of stores) filling.#of(store)
    return filling
  }

  /** Whether the keys come in such disorder that LevelDB had better take them itself. */
  get isFull(): boolean {
    return this.#levels.crowd >= crowded
  }

  /** To be filled and written before there is another. */
  load(): StateLoad {
    return new RunLoad(
      this.#run,
      store => this.#of(store).prefix,
      async () => {
        if (this.#run.isInOrder || this.#run.size >= this.#gathering) await this.#write()
      },
    )
  }

  /** What was written so far makes a database, also after a crash. */
  async keep(): Promise<void> {
    const numbers = Array.from(this.#stores, ([name, { number }]) => [name, number] as const)
    for (const entry of numberEntries(numbers, numbers.length + 1)) this.#add(...entry)
    await this.#write()
    const name = `MANIFEST-${digits(this.#nextFile())}`
    const manifest = { log, nextFile: this.#files + 1, lastSequence: this.#runs, tables: this.#tables }
    await this.#writeFile(name, manifestBytes(manifest))
    await this.#writeFile('1.dbtmp', Buffer.from(`${name}\n`))
    await this.#try(() => rename(join(this.#dir, '1.dbtmp'), join(this.#dir, 'CURRENT')))
    await this.#try(() => syncDirectory(this.#dir))
  }

  #add(key: Buffer, value: Buffer): void {
    this.#run.add(noBytes, key, 0, key.length, value, 0, value.length)
  }

  #of(store: string): { readonly number: number; readonly prefix: Buffer } {
    let found = this.#stores.get(store)
    if (found === undefined) {
      const number = this.#stores.size + 1
      this.#stores.set(store, (found = { number, prefix: numberBytes(number) }))
    }
    return found
  }

  /**
   * The run's entries as tables, one of each store: a table that spans two would overlap nearly all others. They have the
   * bytes when this returns, and the run is free.
   */
  async #write(): Promise<void> {
    const run = this.#run
    if (run.count === 0) return
    const sequence = ++this.#runs
    const files: Promise<void>[] = []
    let table: TableWriter | undefined
    let left = run.size
    let store = 0
    const end = () => {
      if (table === undefined) return
      const { bytes, smallest, largest } = table.finish()
      const file = this.#nextFile()
      this.#tables.push({
        level: this.#levels.place({ smallest, largest }),
        file,
        size: bytes.length,
        smallest,
        largest,
      })
      files.push(this.#writeFile(`${digits(file)}.ldb`, bytes))
      left -= bytes.length
    }
    for (const entry of run.order()) {
      const start = run.keyStarts[entry]!
      const of = storeAt(run.bytes, start)
      if (table === undefined || of !== store) {
        end()
        table = new TableWriter(sequence, Math.max(left * overhead, 4096))
        store = of
      }
      table.add(run.bytes, start, run.keyEnds[entry]!, run.valueEnds[entry]!, run.alike(entry))
    }
    end()
    run.clear()
    // Where one fails, none is written any more once that is told: LevelDB gives the numbers of those that were not kept again.
    await allEnded(files)
  }

  #nextFile(): number {
    return ++this.#files
  }

  #writeFile(name: string, bytes: Buffer): Promise<void> {
    return this.#try(() => writeSynced(join(this.#dir, name), bytes))
  }

  async #try(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (thrown) {
      throw writeError(thrown, this.#dir)
    }
  }
}

/** The number of the store that a key belongs to; what lies before all stores goes with the first of them. */
function storeAt(bytes: Buffer, keyStart: number): number {
  return Math.max(numberAt(bytes, keyStart), 1)
}

function digits(file: number): string {
  return String(file).padStart(6, '0')
}

async function syncDirectory(dir: string): Promise<void> {
  // Windows opens no directories; there a rename lasts by itself.
  if (process.platform === 'win32') return
  const directory = await open(dir)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
