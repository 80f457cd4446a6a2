import { SluiceError } from '../../errors.js'
import { parse, topicOptions, UsageError } from '../args.js'
import { bytesText } from '../bytes-text.js'
import { print, type Command } from '../command.js'
import { logOptions, logUsage, withLog } from '../log-options.js'
import { originText } from '../../operators/origin.js'
import { formNames, formOf, type Form } from './form.js'
import { letterId, readLetters, type Letter } from './letter.js'
import { Replayed } from './replayed.js'
import { timeText, visible } from '../visible.js'

export const showUsage: string = `sluice dlq show <topic> <partition:offset> ${logUsage}
                       [--key ${formNames}]
                       [--value …]
       one letter: where and why it failed, its headers, key, value and stack`

export const show: Command['run'] = async (args, context) => {
  const { values, positionals } = parse(args, showUsage, {
    ...logOptions,
    ...topicOptions,
    key: { type: 'string' },
    value: { type: 'string' },
  })
  const [topic, wanted, ...more] = [...(values.topic ?? []), ...positionals]
  if (topic === undefined || wanted === undefined || more.length > 0) {
    throw new UsageError('name the topic and one letter, partition:offset', showUsage)
  }
  const [id] = letterIds(wanted, showUsage)
  const forms = { key: formOf(values.key, '--key', showUsage), value: formOf(values.value, '--value', showUsage) }
  await withLog(values, showUsage, async log => {
    const replayed = await Replayed.read(log, topic)
    for await (const letter of readLetters(log, topic, context.signal)) {
      if (letter.id !== id) continue
      return print(context, visible(told(letter, forms, replayed.has(letter.record))))
    }
    throw noLetter(topic, id!)
  })
}

/** @throws UsageError unless it is a list such as `0:17,2:5` */
export function letterIds(text: string, usage: string): readonly string[] {
  return text.split(',').map(part => {
    const match = /^(\d+):(\d+)$/.exec(part.trim())
    if (match === null) throw new UsageError(`a letter is partition:offset, such as 0:17, not "${part}"`, usage)
    return letterId({ partition: Number(match[1]), offset: Number(match[2]) })
  })
}

export function noLetter(topic: string, id: string): SluiceError {
  const [partition, offset] = id.split(':').map(Number)
  return new SluiceError('BAD_ARGUMENT', 'there is no dead letter', {
    place: { topic, partition, offset },
    hint: `sluice dlq list ${topic} shows those that there are`,
  })
}

function told(letter: Letter, forms: { readonly key: Form; readonly value: Form }, replayed: boolean): string {
  const { id, record, topic, partition, offset, origin } = letter
  const lines = [
    ['letter', `${id}, ${replayed ? 'replayed' : 'waiting'}`],
    ['application', letter.application],
    ['failed at', `topic ${topic}, partition ${partition}, offset ${offset}`],
    ...(origin === originText(letter) ? [] : [['first at', origin]]),
    ['operator', letter.operator],
    ['attempt', String(letter.attempt)],
    ['timestamp', timeText(record.timestamp)],
    ['error', `${letter.code}: ${letter.error}`],
    ...Array.from(letter.headers, ([name, value]) => [`header ${name}`, bytesText(value)]),
    ['key', forms.key.show(record.key)],
  ]
  const width = Math.max(...lines.map(([name]) => name!.length)) + 2
  const head = lines.map(([name, text]) => `${name!.padEnd(width)}${text}\n`).join('')
  const stack = letter.stack === '' ? '' : `\nstack\n${letter.stack}\n`
  return `${head}\nvalue\n${forms.value.show(record.value)}\n${stack}`
}
