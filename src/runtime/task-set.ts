import type { TaskSpec } from '../topology/cut.js'
import { allEnded } from '../store/all-ended.js'
import type { Intake } from './inputs/intake.js'
import type { OpenTask } from './open-task.js'

export interface TaskSetParts {
  /** Opens a task with its state. */
  readonly open: (planned: TaskSpec, signal: AbortSignal) => Promise<OpenTask>
  readonly intake: Intake
  /** A task has been joined to the others. */
  readonly onOpened: () => void
  readonly onFailed: (error: unknown) => void
}

/** The tasks of a worker. They are opened in the background, because restoring their state may take long. */
export class TaskSet {
  /** Those that are open. */
  all: readonly OpenTask[] = []
  readonly #parts: TaskSetParts
  readonly #open = new Map<string, OpenTask>()
  readonly #opening = new Map<string, { readonly task: Promise<void>; readonly abort: AbortController }>()

  constructor(parts: TaskSetParts) {
    this.#parts = parts
  }

  get names(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** Whether the state of a task is being restored. */
  get opening(): boolean {
    return this.#opening.size > 0
  }

  /** Begins to open those that are not there, and closes those that read something else now, or are gone from the list. */
  async become(planned: ReadonlyMap<string, TaskSpec>): Promise<void> {
    for (const [name, { task }] of [...this.#open]) {
      // A topic that a pattern has found since gives a task another input.
      if (!sameInputs(task.inputs, planned.get(name)?.inputs)) await this.#drop(name)
    }
    for (const [name, spec] of planned) if (!this.#open.has(name)) this.#begin(name, spec)
  }

  /** Breaks off the opening of those that are not open yet. */
  async stopOpening(): Promise<void> {
    const opening = [...this.#opening.values()]
    for (const { abort } of opening) abort.abort()
    await Promise.all(opening.map(({ task }) => task))
  }

  /** Closes all; what no commit has taken is forgotten. @throws the first error, when all are closed */
  drop(): Promise<void> {
    return allEnded(this.names.map(name => this.#drop(name)))
  }

  #begin(name: string, planned: TaskSpec): void {
    const abort = new AbortController()
    const { open, intake, onOpened, onFailed } = this.#parts
    const task = open(planned, abort.signal)
      .then(async opened => {
        this.#opening.delete(name)
        if (abort.signal.aborted) return opened.close()
        this.#open.set(name, opened)
        this.#listed()
        intake.seek(opened.task)
        onOpened()
      })
      .catch((error: unknown) => {
        this.#opening.delete(name)
        if (!abort.signal.aborted) onFailed(error)
      })
    this.#opening.set(name, { task, abort })
  }

  async #drop(name: string): Promise<void> {
    const open = this.#open.get(name)!
    this.#open.delete(name)
    this.#listed()
    this.#parts.intake.drop(open.task)
    await open.close()
  }

  #listed(): void {
    this.all = [...this.#open.values()]
  }
}

function sameInputs(inputs: TaskSpec['inputs'], others: TaskSpec['inputs'] | undefined): boolean {
  if (inputs.length !== others?.length) return false
  return inputs.every(({ topic, partition }, i) => topic === others[i]!.topic && partition === others[i]!.partition)
}
