import { SluiceError, errorText } from '../../errors.js'
import { Change } from './storage.js'

export interface Write {
  /** Checks, then adds to the change; throws before it adds anything. */
  prepare(change: Change): void
  /** The change is written: what memory holds follows. */
  applied?(): void
}

interface Waiting {
  readonly write: Write
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * One write at a time, in order. Whatever waits meanwhile goes into the next one together. Checks run when a write
 * begins: what was fenced while it waited is refused.
 */
export class WriteQueue {
  readonly #store: (change: Change) => Promise<void> | undefined
  #waiting: Waiting[] = []
  #running = false
  #broken: SluiceError | undefined

  /** @param store writes a change; `undefined` where memory is all there is */
  constructor(store: (change: Change) => Promise<void> | undefined) {
    this.#store = store
  }

  submit(write: Write): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ write, resolve, reject }))
    // Not `running ??= run()`: a write that changes nothing is over before the assignment.
    if (!this.#running) void this.#run()
    return done
  }

  /** @throws SluiceError NOT_RUNNING once it is closed */
  checkOpen(): void {
    if (this.#broken?.code === 'NOT_RUNNING') throw this.#broken
  }

  /** Waits until what was submitted so far has taken place or was refused. */
  async settled(): Promise<void> {
    if (this.#running && this.#broken === undefined) await this.submit({ prepare() {} }).catch(() => {})
  }

  /** Refuses further writes, then waits for those under way. */
  async close(): Promise<void> {
    const closed = new SluiceError('NOT_RUNNING', 'the log is closed', { hint: 'open it again' })
    const last = this.submit({ prepare: () => void (this.#broken ??= closed) })
    await last.catch(() => {})
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      const taken = this.#waiting
      this.#waiting = []
      const change = new Change()
      const prepared = taken.filter(waiting => this.#prepare(waiting, change))
      try {
        if (!change.empty) await this.#store(change)
        for (const { write } of prepared) write.applied?.()
        for (const { resolve } of prepared) resolve()
      } catch (error) {
        this.#fail(error, prepared)
      }
    }
    this.#running = false
  }

  #prepare({ write, reject }: Waiting, change: Change): boolean {
    try {
      if (this.#broken !== undefined) throw this.#broken
      write.prepare(change)
      return true
    } catch (error) {
      reject(error)
      return false
    }
  }

  /** Whether a refused write is on the disk can be told only by opening it again; until then nothing more is written. */
  #fail(cause: unknown, prepared: readonly Waiting[]): void {
    this.#broken = new SluiceError('STATE_WRITE', `the log could not be written: ${errorText(cause)}`, {
      hint: 'look for a full or failing disk, then start again: everything up to the last commit is kept',
      cause,
    })
    for (const { reject } of prepared) reject(this.#broken)
  }
}
