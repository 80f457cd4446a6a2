import { partitionShare, type HeldAhead } from '../../log/held-ahead.js'
import type { Log, Reader } from '../../log/log.js'
import { signalled } from '../../log/wake.js'
import type { OpenTask } from '../open-task.js'
import type { InputQueue } from './input-queue.js'
import type { Settings } from '../options.js'
import type { Task } from '../task.js'

/**
 * Fetches what a worker's tasks read. Where some go before others, they have a reader of their own: a fetch of the others
 * that is under way is not in front of theirs.
 */
export class Intake {
  readonly #most: HeldAhead
  readonly #lowest: number
  readonly #last: Reader
  readonly #first: Reader | undefined
  readonly #came = signalled()
  /** Partitions that are read. */
  #partitions = 0

  /**
   * @param levels of the sources, ascending
   * @param onReady something has been fetched
   */
  constructor(log: Log, settings: Settings, levels: readonly number[], onReady: () => void) {
    const { maxPartitionBytes, maxInputBytes: maxBytes } = settings
    const reader = (onReady: () => void): Reader =>
      log.reader({ isolation: 'read_committed', maxPartitionBytes, maxBytes, onReady })
    this.#most = { maxPartitionBytes, maxBytes }
    this.#lowest = levels[0]!
    this.#last = reader(onReady)
    this.#first =
      levels.length === 1
        ? undefined
        : reader(() => {
            this.#came.call()
            onReady()
          })
  }

  /** Resolves when something has been fetched that goes before others. One at a time may wait. */
  came(): Promise<void> {
    return this.#came.wait()
  }

  /** Begins to fetch what the task reads, from where it is. */
  seek({ queues }: Task): void {
    this.#partitions += queues.length
    for (const queue of queues) this.#of(queue).seek(queue.topic, queue.partition, queue.position)
  }

  drop({ queues }: Task): void {
    this.#partitions -= queues.length
    for (const queue of queues) this.#of(queue).drop(queue.topic, queue.partition)
  }

  /** Hands what has arrived to the tasks; answers whether anything has. @throws what stopped the reading of a partition */
  deliver(tasks: readonly OpenTask[]): boolean {
    const first = this.#first !== undefined && hand(this.#first, tasks)
    return hand(this.#last, tasks) || first
  }

  /** Tells those that look for silence whether it may be that of the log. */
  listen(tasks: readonly OpenTask[]): void {
    for (const { task } of tasks) {
      if (!task.looksForSilence) continue
      for (const queue of task.queues) queue.heard = this.#of(queue).heard?.(queue.topic, queue.partition) ?? true
    }
  }

  /** Back-pressure: a partition whose records wait (for the others of its task) is fetched no further. */
  hold(tasks: readonly OpenTask[], paused: boolean): void {
    const most = partitionShare(this.#most, this.#partitions)
    for (const { task } of tasks) {
      for (const queue of task.queues) {
        const held = paused || queue.bytes > (queue.held ? most / 2 : most)
        if (held === queue.held) continue
        queue.held = held
        this.#of(queue).hold(queue.topic, queue.partition, held)
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#first?.close(), this.#last.close()])
  }

  #of({ level }: InputQueue): Reader {
    return this.#first !== undefined && level > this.#lowest ? this.#first : this.#last
  }
}

function hand(reader: Reader, tasks: readonly OpenTask[]): boolean {
  let some = false
  for (const fetched of reader.poll()) {
    some = true
    for (const { task } of tasks) task.add(fetched)
  }
  return some
}
