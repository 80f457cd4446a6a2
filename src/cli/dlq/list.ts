import Table from 'cli-table3'
import { counted } from '../../errors.js'
import { parse, topicName, topicOptions, wholeNumber } from '../args.js'
import { print, type Command } from '../command.js'
import { logOptions, logUsage, withLog } from '../log-options.js'
import { formNames, formOf } from './form.js'
import { readLetters, type Letter } from './letter.js'
import { Replayed } from './replayed.js'
import { timeText, visible } from '../visible.js'

export const listUsage: string = `sluice dlq list <topic> ${logUsage}
                       [--waiting] [--max <n>] [--key ${formNames}]
       how many letters there are by operator and error, and the last --max of them (50); --waiting leaves out those
       that were replayed`

/** Messages that hold values are all different: beyond this many kinds, the rest is counted together. */
const mostKinds = 40

export const list: Command['run'] = async (args, context) => {
  const { values, positionals } = parse(args, listUsage, {
    ...logOptions,
    ...topicOptions,
    waiting: { type: 'boolean' },
    max: { type: 'string' },
    key: { type: 'string' },
  })
  const topic = topicName(positionals, values.topic, listUsage)
  const max = wholeNumber(values.max, '--max', listUsage) ?? 50
  const key = formOf(values.key, '--key', listUsage)

  await withLog(values, listUsage, async log => {
    const replayed = await Replayed.read(log, topic)
    const kinds = new Map<string, Kind>()
    const last: Letter[] = []
    const counts = { waiting: 0, replayed: 0, strays: 0 }
    for await (const letter of readLetters(log, topic, context.signal, () => counts.strays++)) {
      const state = replayed.has(letter.record) ? 'replayed' : 'waiting'
      if (values.waiting === true && state === 'replayed') continue
      counts[state]++
      kindOf(kinds, letter)[state]++
      last.push(letter)
      // Cut seldom: a shift for each letter would move the whole list each time.
      if (last.length > 2 * max + 100) last.splice(0, last.length - max)
    }
    const letters = last
      .slice(Math.max(0, last.length - max))
      .toSorted((a, b) => a.record.timestamp - b.record.timestamp)
    const { waiting } = counts
    const all = waiting + counts.replayed
    const strays = counts.strays === 0 ? '' : `; ${counted(counts.strays, 'other record')}`
    await print(
      context,
      `${topic}: ${counted(all, 'dead letter')}, ${waiting} waiting, ${counts.replayed} replayed${strays}\n`,
    )
    if (all === 0) return

    const summary = table(['operator', 'error', 'waiting', 'replayed'])
    for (const { operator, what, waiting: here, replayed: gone } of kinds.values())
      summary.push([visible(operator), what, here, gone])
    await print(context, `${summary.toString()}\n`)
    if (letters.length === 0) return
    const records = table(['letter', 'failed at', 'operator', 'attempt', 'key', 'time', 'error', 'state'])
    for (const letter of letters) {
      const { id, partition, offset, operator, attempt, record } = letter
      records.push([
        id,
        visible(`${letter.topic}-${partition}@${offset}`),
        visible(operator),
        attempt,
        short(key.show(record.key), 24),
        timeText(record.timestamp),
        short(`${letter.code} ${letter.error}`, 48),
        replayed.has(record) ? 'replayed' : 'waiting',
      ])
    }
    await print(context, `${records.toString()}\n`)
    if (all > letters.length) await print(context, `the last ${letters.length} of ${all}; --max shows more\n`)
  })
}

interface Kind {
  readonly operator: string
  readonly what: string
  waiting: number
  replayed: number
}

function kindOf(kinds: Map<string, Kind>, { operator, code, error }: Letter): Kind {
  const what = short(`${code} ${error}`, 60)
  const others = kinds.size >= mostKinds && !kinds.has(`${operator}\n${what}`)
  const id = others ? '' : `${operator}\n${what}`
  let kind = kinds.get(id)
  if (kind === undefined) {
    kinds.set(
      id,
      (kind = { operator: others ? '…' : operator, what: others ? 'others' : what, waiting: 0, replayed: 0 }),
    )
  }
  return kind
}

function short(text: string, length: number): string {
  const line = visible(text.replaceAll(/\s+/g, ' '))
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}

function table(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [], compact: true } })
}
