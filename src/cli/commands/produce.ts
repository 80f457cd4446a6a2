import type { Readable } from 'node:stream'
import { counted } from '../../errors.js'
import { recordWriter, type WritableTopic } from '../../log/record-writer.js'
import { bytes } from '../../serde/bytes.js'
import { parse, topicName, topicOptions } from '../args.js'
import type { Command } from '../command.js'
import { logOptions, logUsage, withLog } from '../log-options.js'

const usage = `sluice produce <topic> ${logUsage}
       reads lines key<TAB>value on standard input; a line without a tab is a value without a key`

const newline = 10
const carriageReturn = 13
const tab = 9

export const produce: Command = {
  usage,
  summary: 'writes lines from standard input to a topic',
  async run(args, { stdin, say, signal }) {
    const { values, positionals } = parse(args, usage, { ...logOptions, ...topicOptions })
    const name = topicName(positionals, values.topic, usage)
    const topic: WritableTopic<Uint8Array, Uint8Array> = { name, key: bytes, value: bytes }
    await withLog(values, usage, async log => {
      const producer = log.producer({})
      try {
        await producer.init()
        const writer = await recordWriter(log, producer, [name])
        let written = 0
        for await (const block of lines(stdin, signal)) {
          for (const line of block) {
            const at = line.indexOf(tab)
            const key = at < 0 ? null : line.subarray(0, at)
            writer.write(topic, { key, value: line.subarray(at + 1) })
            written++
          }
          writer.handOver()
          await producer.flush()
        }
        say(`${counted(written, 'record')} written to ${name}`)
      } finally {
        await producer.close()
      }
    })
  },
}

/** The lines of a stream, as bytes, a block of them as often as something arrives. */
async function* lines(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer[]> {
  const stop = (): void => void input.destroy()
  signal.addEventListener('abort', stop)
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const found: Buffer[] = []
      let start = 0
      for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, start)) {
        found.push(withoutReturn(text.subarray(start, end)))
        start = end + 1
      }
      rest = text.subarray(start)
      if (found.length > 0) yield found
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  // Whoever interrupts may have typed half a line.
  if (rest.length > 0 && !signal.aborted) yield [withoutReturn(rest)]
}

/** A line of a file as Windows writes it, without what belongs to its end. */
function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
}
