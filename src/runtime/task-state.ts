import { MemoryStateDb } from '../store/memory-db.js'
import { SplitStateDb } from '../store/split-db.js'
import type { StateDb, StateFill } from '../store/state-db.js'
import type { TaskSpec } from '../topology/cut.js'
import { positionsStore } from './changelog.js'
import type { StateHome } from './state-home.js'

/**
 * The state of a task as one of two owners has it: a standby, or the task itself, which gets it from the standby as it is.
 * What lies in memory goes with it.
 */
export class TaskState {
  readonly #home: StateHome
  readonly #planned: TaskSpec
  #disk: StateDb | undefined
  #db: StateDb | undefined

  constructor(home: StateHome, planned: TaskSpec) {
    this.#home = home
    this.#planned = planned
  }

  get isOpen(): boolean {
    return this.#disk !== undefined
  }

  /** Everything: what lies on disk, and what lies in memory. To be asked for when it is open. */
  get db(): StateDb {
    return this.#db!
  }

  /** Nothing where it is open. @throws SluiceError STATE_LOCKED, STATE_FOREIGN, STATE_DAMAGED, STATE_WRITE */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#disk !== undefined) return
    this.#disk = await this.#home.open(this.#planned.name, signal)
    this.#db = this.#withMemory(this.#disk)
  }

  /** Begins to fill it, where it holds nothing yet and all of it lies on disk. */
  async fill(): Promise<StateFill | undefined> {
    return this.#db === this.#disk ? this.#disk?.fill() : undefined
  }

  /** From here on it is what was filled. */
  async openFilled(fill: StateFill): Promise<void> {
    this.#db = this.#disk = await fill.open()
  }

  /** Keeps what is there under another name, and begins with nothing. */
  async beginAnew(signal: AbortSignal): Promise<void> {
    const disk = this.#disk!
    this.#disk = undefined
    await this.#home.setAside(this.#planned.name, disk)
    await this.open(signal)
  }

  /** Gives it back; what lies in memory is gone. */
  async release(): Promise<void> {
    const disk = this.#disk
    this.#disk = undefined
    if (disk !== undefined) await this.#home.release(disk)
  }

  /**
   * Stores that lie in memory are restored from their changelogs each time. A log with state of its own has none, so there
   * they lie with the others.
   */
  #withMemory(disk: StateDb): StateDb {
    const inMemory = this.#planned.sub.stores.filter(spec => spec.in === 'memory').map(({ name }) => name)
    if (inMemory.length === 0 || !this.#home.changelogs) return disk
    const isOf = (name: string) => inMemory.some(store => name === store || name.startsWith(`${store}~`))
    return new SplitStateDb(disk, new MemoryStateDb(), (store, key) =>
      store === positionsStore ? isOf(Buffer.from(key).toString()) : isOf(store),
    )
  }
}
