import { bytes, json, long, pipeline, readRecords, string, topic, type Log, type Pipeline } from 'sluice'

const numbers = (name: string) => topic(name, { key: string, value: json<number>() })

/** What the topics of an application are called. */
export const topicsOf = (app: string) => ({
  input: numbers(`${app}-input`),
  output: numbers(`${app}-output`),
  counts: topic(`${app}-counts`, { key: string, value: long }),
  bad: topic(`${app}-bad`, { key: string, value: bytes }),
})

export const keyOf = (n: number): string => `k${n % 20}`

/** Where a number fails: its bytes are no JSON, the function behind them throws, or the one behind the aggregate does. */
export function failsAt(n: number): 'value' | 'work' | 'tell' | undefined {
  if (n % 11 === 5) return 'value'
  if (n % 7 === 3) return 'work'
  return n % 13 === 1 ? 'tell' : undefined
}

/** Counts and copies numbers, and sends those that fail to a dead-letter topic. */
export function letters(app: string): Pipeline {
  const { input, output, counts, bad } = topicsOf(app)
  const p = pipeline(app, { value: json() })
  p.deadLetter(bad.name)
  const worked = p.stream(input).peek(n => {
    if (failsAt(n) === 'work') throw new Error(`no work on ${n}`)
  })
  worked.groupByKey().count({ as: 'counts', cache: false }).toStream({ tombstones: false }).to(counts)
  worked
    .peek(n => {
      if (failsAt(n) === 'tell') throw new Error(`nothing to tell of ${n}`)
    })
    .to(output)
  return p
}

/** What is wrong with the letters, the copies and the counts of so many numbers. */
export async function wrongLetters(log: Log, app: string, count: number): Promise<string[]> {
  const { input, output, counts, bad } = topicsOf(app)
  const wrong: string[] = []
  const numbered = Array.from({ length: count }, (_, n) => n)
  const expected = numbered.filter(n => failsAt(n) !== undefined)
  const places: string[] = []
  for await (const { headers } of readRecords(log, bad)) {
    places.push(`${headers.text('sluice.partition')}/${headers.text('sluice.offset')}`)
    if (headers.text('sluice.topic') !== input.name) wrong.push(`a letter of ${headers.text('sluice.topic')}`)
  }
  if (new Set(places).size !== places.length) wrong.push(`${places.length} letters of ${new Set(places).size} records`)
  if (places.length !== expected.length) wrong.push(`${places.length} letters, not ${expected.length}`)

  const copied: number[] = []
  for await (const { value } of readRecords(log, output)) copied.push(value!)
  const sound = numbered.filter(n => failsAt(n) === undefined)
  if (copied.toSorted((a, b) => a - b).join() !== sound.join())
    wrong.push(`${copied.length} copies, not ${sound.length}`)

  const totals = new Map<string, number>()
  for await (const { key, value } of readRecords(log, counts)) totals.set(key!, value!)
  for (const key of new Set(numbered.map(keyOf))) {
    const own = numbered.filter(n => keyOf(n) === key && failsAt(n) !== 'value' && failsAt(n) !== 'work').length
    if (totals.get(key) !== own) wrong.push(`${key} has ${totals.get(key)}, not ${own}`)
  }
  return wrong
}
