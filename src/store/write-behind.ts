import type { StateDb, StateLoad } from './state-db.js'

/** What loads are written into. */
export type Loads = Pick<StateDb, 'load'>

/**
 * Writes load after load into a database, in order. One is on its way while the next is filled, never two: a crash leaves
 * the loads up to one of them, whole.
 */
export class WriteBehind {
  /** The one to fill. */
  load: StateLoad
  readonly #db: Loads
  #onItsWay: Promise<void> = Promise.resolve()

  constructor(db: Loads) {
    this.#db = db
    this.load = db.load()
  }

  /** Sends what was filled, once the load before it is written. @throws SluiceError of that load */
  async send(): Promise<void> {
    await this.#onItsWay
    if (this.load.length === 0) return
    this.#onItsWay = this.load.write()
    // It is asked for at the next send, or never, where another error comes first.
    this.#onItsWay.catch(() => {})
    this.load = this.#db.load()
  }

  /** Sends what was filled and waits until everything is written. @throws SluiceError */
  async end(): Promise<void> {
    await this.send()
    await this.#onItsWay
  }

  /** Forgets what was not sent. Nothing is on its way afterwards. */
  async close(): Promise<void> {
    await this.#onItsWay.catch(() => {})
    await this.load.close()
  }
}
