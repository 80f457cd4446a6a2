import type { ChangeListener, KeyValueStore } from '../../src/store/key-value.js'

interface Row {
  readonly value: unknown
  readonly timestamp: number
}

/** A key-value store by the words of its interface: rows as JSON, and with a cache, changes told at `flush`. */
class PlainStore implements KeyValueStore<unknown, unknown> {
  readonly name: string
  timestamp = -1
  readonly #cache: boolean
  readonly #present = new Map<unknown, Row>()
  readonly #told = new Map<unknown, Row>()
  readonly #changed = new Set<unknown>()
  #listener: ChangeListener<unknown, unknown> = () => undefined

  constructor(name: string, cache: boolean) {
    this.name = name
    this.#cache = cache
  }

  get(key: unknown): unknown {
    return this.#read(this.#present, key)
  }

  told(key: unknown): unknown {
    return this.#read(this.#told, key)
  }

  put(key: unknown, value: unknown, timestamp: number): void | Promise<void> {
    if (value === null) this.#present.delete(key)
    else this.#present.set(key, { value: structuredClone(value), timestamp })
    if (!this.#cache) return this.#tell(key, timestamp)
    this.#changed.add(key)
  }

  listen(listener: ChangeListener<unknown, unknown>): void {
    this.#listener = listener
  }

  async *entries(): AsyncIterable<readonly [unknown, unknown]> {
    for (const [key, { value }] of this.#present) yield [key, value]
  }

  flush(): void {
    for (const key of this.#changed) void this.#tell(key, this.#present.get(key)?.timestamp ?? 0)
    this.#changed.clear()
  }

  #tell(key: unknown, timestamp: number): void | Promise<void> {
    const old = this.#told.get(key)?.value ?? null
    const row = this.#present.get(key)
    if (row === undefined) this.#told.delete(key)
    else this.#told.set(key, row)
    if (row !== undefined || old !== null) return this.#listener(key, row?.value ?? null, timestamp, old)
  }

  #read(rows: ReadonlyMap<unknown, Row>, key: unknown): unknown {
    const row = rows.get(key)
    this.timestamp = row?.timestamp ?? -1
    return row === undefined ? undefined : structuredClone(row.value)
  }
}

export function openStore(name: string, cache: boolean): PlainStore {
  return new PlainStore(name, cache)
}
