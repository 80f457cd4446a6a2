import { SluiceError } from '../../errors.js'
import type { Log } from '../../log/log.js'
import { recordWriter, type RecordInit, type WritableTopic } from '../../log/record-writer.js'
import { attemptHeader, originHeader } from '../../operators/origin.js'
import { bytes } from '../../serde/index.js'
import { agreed } from '../agreed.js'
import { parse, topicName, topicOptions, UsageError, wholeNumber } from '../args.js'
import type { Command, CommandContext } from '../command.js'
import { logOptions, logUsage, withLog } from '../log-options.js'
import { edited, left } from './editor.js'
import { formNames, formOf } from './form.js'
import { readLetters, type Letter } from './letter.js'
import { Replayed, replayGroup } from './replayed.js'
import { letterIds, noLetter } from './show.js'

export const replayUsage: string = `sluice dlq replay <topic> ${logUsage}
                       [--only <partition:offset,…>] [--to <topic>] [--edit] [--yes] [--batch <n>]
                       [--value ${formNames}]
       puts letters back to the topic and partition they failed in (or into --to, by their keys), each once: in
       transactions of --batch letters (500) that also note what was replayed. --edit opens $EDITOR on each value,
       one letter a transaction; without --yes it asks first`

interface Order {
  readonly topic: string
  readonly only: ReadonlySet<string> | undefined
  readonly to: string | undefined
  readonly batch: number
  /** The value to write, or that the letter stays. */
  readonly value: (letter: Letter) => Promise<Uint8Array | null | typeof left> | Uint8Array | null
}

export const replay: Command['run'] = async (args, context) => {
  const { values, positionals } = parse(args, replayUsage, {
    ...logOptions,
    ...topicOptions,
    only: { type: 'string' },
    to: { type: 'string' },
    edit: { type: 'boolean' },
    yes: { type: 'boolean' },
    batch: { type: 'string' },
    value: { type: 'string' },
  })
  const topic = topicName(positionals, values.topic, replayUsage)
  if (values.to === topic) {
    throw new UsageError(
      `--to ${topic} is the topic that the letters are in: there they would be letters no more`,
      replayUsage,
    )
  }
  const form = formOf(values.value, '--value', replayUsage)
  const edit = values.edit === true
  const order: Order = {
    topic,
    only: values.only === undefined ? undefined : new Set(letterIds(values.only, replayUsage)),
    to: values.to,
    batch: edit ? 1 : (wholeNumber(values.batch, '--batch', replayUsage, 1) ?? 500),
    value: letter => (edit ? edited(letter, form, context.say) : letter.record.value),
  }
  await withLog(values, replayUsage, async log => {
    const found = await survey(log, order, context)
    const { letters, targets } = found
    if (letters === 0) return context.say('nothing to replay')
    const where = [...targets].map(([target, count]) => `${count} to ${target}`).join(', ')
    if (values.yes !== true && !(await agreed(`replay ${where}? [y/N] `, context, replayUsage)))
      return context.say('nothing was replayed')
    const done = await putBack(log, order, found, context)
    context.say(`${done} of ${letters} replayed`)
  })
}

interface Found {
  readonly letters: number
  /** How many go into each topic. */
  readonly targets: ReadonlyMap<string, number>
  /** The offset of the last of them in each partition: what comes later was not asked about. */
  readonly last: ReadonlyMap<number, number>
}

/** What would be replayed. @throws SluiceError for a letter that was named and is not there */
async function survey(log: Log, { topic, only, to }: Order, { signal, say }: CommandContext): Promise<Found> {
  const replayed = await Replayed.read(log, topic)
  const targets = new Map<string, number>()
  const last = new Map<number, number>()
  const missing = new Set(only)
  let letters = 0
  for await (const letter of readLetters(log, topic, signal)) {
    if (only !== undefined && !only.has(letter.id)) continue
    missing.delete(letter.id)
    if (replayed.has(letter.record)) {
      if (only !== undefined) say(`${letter.id} was replayed before`)
      continue
    }
    const target = to ?? letter.topic
    targets.set(target, (targets.get(target) ?? 0) + 1)
    last.set(letter.record.partition, letter.record.offset)
    letters++
  }
  const [first] = missing
  if (first !== undefined && !signal.aborted) throw noLetter(topic, first)
  return { letters, targets, last }
}

/** Writes letters and the note that they were replayed, in one transaction for each batch. Answers how many. */
async function putBack(
  log: Log,
  order: Order,
  { letters: expected, targets, last }: Found,
  { signal, say }: CommandContext,
): Promise<number> {
  const { topic, only, to } = order
  const group = replayGroup(topic)
  const producer = log.producer({ transactionalId: group })
  try {
    // Ends the transaction of a replay that was killed, and keeps another one from going on.
    await producer.init()
    const replayed = await Replayed.read(log, topic)
    const writer = await recordWriter(log, producer, [...targets.keys()])
    const read = new Map<number, number>()
    let done = 0
    let waiting = 0
    const commit = async (): Promise<void> => {
      if (!replayed.fits) throw tooScattered(topic)
      writer.handOver()
      await producer.commit({ group, positions: replayed.positions })
      done += waiting
      waiting = 0
      say(`replayed ${done} of ${expected}`)
    }
    const pass = (record: Letter['record']): void => {
      const { partition, offset } = record
      const before = read.get(partition)
      if (before !== undefined) replayed.passed(before, record)
      read.set(partition, offset + 1)
    }
    const stray = (record: Letter['record']): void => {
      pass(record)
      replayed.add(record)
    }
    for await (const letter of readLetters(log, topic, signal, stray)) {
      pass(letter.record)
      if (letter.record.offset > (last.get(letter.record.partition) ?? -1)) continue
      if (replayed.has(letter.record) || (only !== undefined && !only.has(letter.id))) continue
      const value = await order.value(letter)
      if (value === left) {
        say(`${letter.id} stays`)
        continue
      }
      writer.write(target(to ?? letter.topic), recordOf(letter, value, to === undefined))
      replayed.add(letter.record)
      waiting++
      if (waiting === order.batch) await commit()
      if (done + waiting === expected) break
    }
    if (waiting > 0) await commit()
    return done
  } finally {
    await producer.close()
  }
}

function target(name: string): WritableTopic<Uint8Array, Uint8Array> {
  return { name, key: bytes, value: bytes }
}

/** The record as it came, with where it first lay and the number of this attempt. */
function recordOf(letter: Letter, value: Uint8Array | null, home: boolean): RecordInit<Uint8Array, Uint8Array> {
  const { record, headers, attempt, origin, partition } = letter
  const { key, timestamp } = record
  const known = headers.with(originHeader, origin).with(attemptHeader, String(attempt + 1))
  return { key, value, timestamp, headers: known, ...(home ? { partition } : {}) }
}

function tooScattered(topic: string): SluiceError {
  return new SluiceError('UNSUPPORTED', `too many letters of ${topic} are replayed out of their order`, {
    hint: 'what was replayed is noted in a committed position, which has little room: replay the earlier letters first',
  })
}
