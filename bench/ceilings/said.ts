/** What the harness hands to a program of this folder, as JSON in its first argument. */
export interface Ceiling {
  /** Of the embedded log, or for a LevelDB. */
  readonly directory: string
  readonly brokers: readonly string[]
  readonly input: string
  readonly output: string
  readonly partitions: number
  readonly records: number
  readonly warmUp: number
}

export function readCeiling<T extends Ceiling = Ceiling>(): T {
  return JSON.parse(process.argv[2]!) as T
}

/** Tells the harness how fast it went, and what else there is to check. */
export function tell(rate: number, more: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ event: 'rate', rate, ...more }))
}

/** Counts what is done, and knows how fast it went since the warm-up. */
export class Stopwatch {
  readonly #warmUp: number
  #done = 0
  #from = 0
  #since: number | undefined
  #cpuSince: NodeJS.CpuUsage | undefined

  constructor(warmUp: number) {
    this.#warmUp = warmUp
  }

  get done(): number {
    return this.#done
  }

  add(count: number): void {
    this.#done += count
    if (this.#since !== undefined || this.#done < this.#warmUp) return
    this.#since = performance.now()
    this.#cpuSince = process.cpuUsage()
    this.#from = this.#done
  }

  /** Per second, from the end of the warm-up until now. */
  rate(): number {
    return ((this.#done - this.#from) / (performance.now() - (this.#since ?? NaN))) * 1000
  }

  /** CPU time of the process for each record since the end of the warm-up, in microseconds. */
  cpu(): number {
    const { user, system } = process.cpuUsage(this.#cpuSince)
    return (user + system) / (this.#done - this.#from)
  }
}
