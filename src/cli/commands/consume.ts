import { readRecords, type ReadableTopic } from '../../log/record-reader.js'
import type { StreamRecord } from '../../record.js'
import { bytes } from '../../serde/bytes.js'
import { parse, topicName, topicOptions, UsageError, wholeNumber } from '../args.js'
import { print, type Command } from '../command.js'
import { logOptions, logUsage, withLog } from '../log-options.js'
import { bytesText } from '../bytes-text.js'

const usage = `sluice consume <topic> ${logUsage}
                      [--from-beginning] [--until-end] [--max <n>] [--json]
                      [--isolation read_committed|read_uncommitted]
       prints key<TAB>value, a value without a key alone. On Kafka it goes on with what comes, until --until-end,
       --max or Ctrl-C; without --from-beginning that is all. An embedded log has one process at a time: it ends there`

type Bytes = Uint8Array | null

export const consume: Command = {
  usage,
  summary: 'prints the records of a topic, as they come or from the beginning',
  async run(args, context) {
    const { values, positionals } = parse(args, usage, {
      ...logOptions,
      ...topicOptions,
      'from-beginning': { type: 'boolean' },
      'until-end': { type: 'boolean' },
      isolation: { type: 'string', default: 'read_committed' },
      max: { type: 'string' },
      'max-messages': { type: 'string' },
      json: { type: 'boolean' },
    })
    const name = topicName(positionals, values.topic, usage)
    const { isolation } = values
    if (isolation !== 'read_committed' && isolation !== 'read_uncommitted') {
      throw new UsageError(`--isolation is read_committed or read_uncommitted, not "${isolation}"`, usage)
    }
    const max = wholeNumber(values.max ?? values['max-messages'], '--max', usage) ?? Infinity
    const write = values.json === true ? jsonLine : textLine

    await withLog(values, usage, async log => {
      if (log.kind !== 'kafka' && values['from-beginning'] !== true) {
        throw new UsageError('nothing can arrive in an embedded log while this command has it: --from-beginning', usage)
      }
      const topic: ReadableTopic<Uint8Array, Uint8Array> = { name, key: bytes, value: bytes }
      const records = readRecords(log, topic, {
        isolation,
        from: values['from-beginning'] === true ? 'earliest' : 'latest',
        // While this process holds a local log nobody else can write to it: there is nothing to wait for.
        until: values['until-end'] === true || log.kind !== 'kafka' ? 'end' : 'never',
        signal: context.signal,
      })
      let left = max
      if (left === 0) return
      for await (const record of records) {
        await print(context, `${write(record)}\n`)
        if (--left === 0) break
      }
    })
  },
}

function textLine({ key, value }: StreamRecord<Bytes, Bytes>): string {
  return key === null ? bytesText(value) : `${bytesText(key)}\t${bytesText(value)}`
}

function jsonLine({ key, value, headers, topic, partition, offset, timestamp }: StreamRecord<Bytes, Bytes>): string {
  const text = (part: Bytes): string | null => (part === null ? null : bytesText(part))
  return JSON.stringify({
    topic,
    partition,
    offset,
    timestamp,
    key: text(key),
    value: text(value),
    headers: Array.from(headers, ([header, content]) => [header, text(content)]),
  })
}
