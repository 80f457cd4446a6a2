import { string, topic, type Serde, type Table, type Topic, type WindowKey } from 'sluice'

/** Names of the topics of one run, on a log that others use too. */
export const names = (app: string): Readonly<Record<'l' | 'r' | 'g' | 'out', string>> => ({
  l: `${app}-l`,
  r: `${app}-r`,
  g: `${app}-g`,
  out: `${app}-out`,
})

export const texts = (name: string): Topic<string, string> => topic(name, { key: string, value: string })

/** Windows as texts, so that all results lie in one topic. */
const windowText: Serde<WindowKey<string>> = {
  serialize: ({ key, start, end }) => string.serialize(`${key}[${start},${end})`),
  deserialize: () => {
    throw new Error('only written')
  },
}

/** Values behind the name of what gave them. */
function labelled<T>(label: string): Serde<T> {
  return {
    serialize: value => string.serialize(`${label}|${JSON.stringify(value)}`),
    deserialize: () => {
      throw new Error('only written')
    },
  }
}

/** The topic of results, as something that gives texts by key writes it. */
export function result<V>(app: string, label: string): Topic<string, V> {
  return topic(names(app).out, { key: string, value: labelled<V>(label) })
}

/** The same for what gives values by window. */
export function windowResult<V>(app: string, label: string): Topic<WindowKey<string>, V> {
  return topic(names(app).out, { key: windowText, value: labelled<V>(label) })
}

/** The rows of a table; a deletion is the value null. */
export function tell<K, V>(table: Table<K, V>, to: Topic<K, V | 'deleted'>): void {
  table
    .toStream()
    .map((value): V | 'deleted' => value ?? 'deleted')
    .to(to)
}
