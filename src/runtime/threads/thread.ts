import type { Worker } from 'node:worker_threads'
import { SluiceError, errorText } from '../../errors.js'
import type { Figures } from '../options.js'
import { noFigures } from './figures.js'
import type { FromThread, Question, ThreadData, ToThread } from './messages.js'
import { receivedError } from './sent-error.js'
import { spawn } from './spawn.js'

/** What a thread tells, but for its answers and its end. */
export type ThreadNews = Exclude<FromThread, { kind: 'answer' | 'refusal' | 'ended' }>

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A thread of an instance, as its parent sees it. */
export class Thread {
  /** Resolves when it has closed everything; rejects with the error that stopped it. Nothing of it runs afterwards. */
  readonly ended: Promise<void>
  figures: Figures = noFigures
  /** Whether it closed what it had open, and left its group. */
  clean = false
  /** Nothing of it runs any more. */
  over = false
  readonly slot: number
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #begun = false
  #terminated = false

  constructor(data: ThreadData, onNews: (news: ThreadNews, thread: Thread) => void) {
    this.slot = data.slot
    this.#worker = spawn(data)
    this.ended = new Promise((resolve, reject) => {
      let outcome: Error | undefined
      this.#worker.on('message', (message: FromThread) => {
        this.#begun = true
        switch (message.kind) {
          case 'answer':
            return this.#take(message.id)?.resolve(message.value)
          case 'refusal':
            return this.#take(message.id)?.reject(receivedError(message.error))
          case 'ended':
            this.clean = true
            outcome = message.error === undefined ? undefined : receivedError(message.error)
            return void this.#worker.terminate()
          case 'figures':
          case 'committed':
            this.figures = message.figures
            return onNews(message, this)
          default:
            return onNews(message, this)
        }
      })
      this.#worker.on('error', (error: unknown) => (outcome ??= uncaught(this.slot, error)))
      this.#worker.on('messageerror', error => (outcome ??= uncaught(this.slot, error)))
      this.#worker.on('exit', code => {
        this.over = true
        this.figures = { ...this.figures, tasks: [], standbys: [], lag: 0, inputs: [] }
        const unasked = !this.clean && !this.#terminated
        const failure = outcome ?? (unasked ? exited(this.slot, code) : undefined)
        for (const { reject } of this.#waiting.values()) reject(failure ?? gone())
        this.#waiting.clear()
        if (failure === undefined) resolve()
        else reject(failure)
      })
    })
    this.ended.catch(() => {})
  }

  tell(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    if (!this.over) this.#worker.postMessage(message)
  }

  /** @throws SluiceError what the thread answers; NOT_RUNNING when it has ended */
  ask(question: Question): Promise<unknown> {
    if (this.over) return Promise.reject(gone())
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.tell({ kind: 'question', id, question })
    })
  }

  /** Lets it finish and commit; one that has not begun ends at once. */
  close(): void {
    if (this.#begun) return this.tell({ kind: 'close' })
    this.#terminated = true
    void this.#worker.terminate()
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}

function uncaught(slot: number, error: unknown): SluiceError {
  return new SluiceError('THREAD', `thread ${slot} died of an error that nothing caught: ${errorText(error)}`, {
    cause: error,
    hint: 'catch it where it is thrown (a timer, an event, a promise that nobody awaits); what was not committed is done again at the next start',
  })
}

function exited(slot: number, code: number): SluiceError {
  return new SluiceError('THREAD', `thread ${slot} ended by itself, with exit code ${code}`, {
    hint: 'nothing in the pipeline or its modules may call process.exit()',
  })
}

function gone(): SluiceError {
  return new SluiceError('NOT_RUNNING', 'the thread has ended', { hint: 'start the pipeline again' })
}
