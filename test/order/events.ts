import { json, recordWriter, string, topic, type Log, type Topic } from 'sluice'

/** The record number `i` of its key. */
export interface Event {
  readonly i: number
  /** It fails whatever happens. */
  readonly poison?: true
}

export const eventsOf = (name: string): Topic<string, Event> => topic(name, { key: string, value: json<Event>() })

const perKey = 3
/** One key in so many has so many records. */
const hot = { share: 1_000, records: 20 }
/** Records of so many keys lie among each other, in an order that the seed gives. */
const mixed = 400
/** One key in so many has a record that fails for good. */
const poisoned = 10_000

/** Records of so many keys, those of one key close enough together that they wait for each other. */
export function* events(
  keys: number,
  random: () => number,
): Generator<{ readonly key: string; readonly value: Event }> {
  for (let first = 0; first < keys; first += mixed) {
    const turns: number[] = []
    for (let key = first; key < Math.min(keys, first + mixed); key++) {
      const count = key % hot.share === 7 ? hot.records : perKey
      for (let i = 0; i < count; i++) turns.push(key)
    }
    for (let at = turns.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1))
      ;[turns[at], turns[other]] = [turns[other]!, turns[at]!]
    }
    const seen = new Map<number, number>()
    for (const key of turns) {
      const i = seen.get(key) ?? 0
      seen.set(key, i + 1)
      const isPoison = i === 1 && key % poisoned === 77
      yield { key: `k${key}`, value: isPoison ? { i, poison: true } : { i } }
    }
  }
}

/** Writes them, and answers how many records each key has. */
export async function write(
  log: Log,
  to: Topic<string, Event>,
  list: Iterable<{ readonly key: string; readonly value: Event }>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [to.name])
  let unflushed = 0
  for (const record of list) {
    counts.set(record.key, record.value.i + 1)
    writer.write(to, record)
    if (++unflushed % 20_000 !== 0) continue
    writer.handOver()
    await producer.flush()
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
  return counts
}
