import { createInterface } from 'node:readline/promises'
import { Readable } from 'node:stream'
import { SluiceError, counted, errorCodes, errorText, type ErrorCode } from '../../errors.js'
import { parse, UsageError, wholeNumber } from '../args.js'
import { controlInLine } from '../control.js'
import { print, type Command, type CommandContext } from '../command.js'
import { hostAndPort, httpAddress } from '../http/http-option.js'
import { jsonText } from '../http/json-text.js'
import type { EntryLine, StoreLine } from '../http/routes.js'
import { visible } from '../visible.js'

const usage = `sluice query [<store> [<key>]] [--http <host:port,…>] [--from <key> --to <key>] [--max <n>]
       sluice query <store> <key> --windows [--from <time>] [--to <time>]
       reads committed state of what runs with sluice run --http: the stores, the entries of one as key<TAB>value, the
       value of a key, or the windows of one. With several instances name all of them: each has its own partitions.
       Keys that are bytes are typed in base64, others that are no strings as JSON. Default of --http: 127.0.0.1:8080`

export const query: Command = {
  usage,
  summary: 'reads the state of a pipeline that runs with --http',
  async run(args, context) {
    const { values, positionals } = parse(args, usage, {
      http: { type: 'string', default: '8080' },
      from: { type: 'string' },
      to: { type: 'string' },
      windows: { type: 'boolean' },
      max: { type: 'string' },
    })
    const { from, to, windows = false } = values
    const [store, key, ...more] = positionals
    if (more.length > 0) throw new UsageError('name one store and one key', usage)
    if (windows && key === undefined) throw new UsageError('--windows is of a key: name it', usage)
    if (!windows && (key === undefined ? (from === undefined) !== (to === undefined) : (from ?? to) !== undefined)) {
      throw new UsageError('--from and --to go together, and without a key', usage)
    }
    const max = wholeNumber(values.max, '--max', usage) ?? Infinity
    const instances = values.http.split(',').map(text => `http://${hostAndPort(httpAddress(text.trim(), usage))}`)
    if (store === undefined) {
      for (const { name, windows, global } of await storesOf(instances)) {
        await print(context, `${name}${windows ? '\twindows' : ''}${global ? '\tglobal' : ''}\n`)
      }
      return
    }
    const path = `/stores/${encodeURIComponent(store)}`
    if (key !== undefined && !windows) {
      const answer = await askOwner(instances, `${path}/value?${new URLSearchParams({ key }).toString()}`)
      const { value } = await whole<EntryLine>(answer)
      if (value === null) return context.say(`${store} has no ${key}`)
      return print(context, `${text(value)}\n`)
    }
    const range = new URLSearchParams({
      ...(windows ? { key: key! } : {}),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }).toString()
    if (windows) {
      const answer = await askOwner(instances, `${path}/windows?${range}`)
      return void (await printEntries(answer, max, context))
    }
    const everywhere = (await storesOf(instances)).some(({ name, global }) => name === store && global)
    if (everywhere) return void (await printEntries(await askOwner(instances, `${path}?${range}`), max, context))
    let left = max
    for (const instance of instances) left = await printEntries(await ask(instance, `${path}?${range}`), left, context)
  },
}

/** How long an instance may take until it begins to answer: one that hangs has others asked, in milliseconds. */
const patience = 5_000

async function storesOf(instances: readonly string[]): Promise<StoreLine[]> {
  const answer = await askOwner(instances, '/stores')
  return whole<StoreLine[]>(answer)
}

/** Asks one instance after the other for what one of them has. */
async function askOwner(instances: readonly string[], path: string): Promise<Response> {
  let refused: unknown
  for (const instance of instances) {
    try {
      return await ask(instance, path)
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'NOT_RUNNING') throw error
      refused = error
    }
  }
  throw refused
}

async function ask(instance: string, path: string): Promise<Response> {
  let answer: Response
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`no answer for ${patience / 1000} s`)), patience)
  try {
    answer = await fetch(`${instance}${path}`, { signal: late.signal })
  } catch (cause) {
    throw new SluiceError(
      'NOT_RUNNING',
      `nothing answers at ${instance}: ${errorText((cause as Error).cause ?? cause)}`,
      {
        cause,
        hint: 'start the pipeline with sluice run <module> --http 8080, and name its address by --http',
      },
    )
  } finally {
    clearTimeout(timer)
  }
  if (answer.ok) return answer
  const { code, message, hint } = await whole<{ code?: string; message: string; hint?: string }>(answer)
  const known = errorCodes.find(each => each === code) ?? ('BAD_ARGUMENT' satisfies ErrorCode)
  throw new SluiceError(known, message, hint === undefined ? {} : { hint })
}

/** Answers how many more may be printed. */
async function printEntries(answer: Response, max: number, context: CommandContext): Promise<number> {
  let left = max
  let came = 0
  const lines = createInterface({ input: Readable.fromWeb(answer.body as never), crlfDelay: Infinity })
  try {
    for await (const line of lines) {
      if (left === 0 || context.signal.aborted) break
      const { key, value } = JSON.parse(line) as EntryLine
      came++
      await print(context, `${text(key)}\t${text(value)}\n`)
      left--
    }
  } catch (cause) {
    throw brokeOff(answer, `after ${counted(came, 'entry', 'entries')}`, cause)
  } finally {
    lines.close()
  }
  return left
}

async function whole<T>(answer: Response): Promise<T> {
  try {
    return (await answer.json()) as T
  } catch (cause) {
    throw brokeOff(answer, 'in the middle', cause)
  }
}

function brokeOff(answer: Response, where: string, cause: unknown): SluiceError {
  const from = new URL(answer.url).host
  return new SluiceError('NOT_RUNNING', `what ${from} answered broke off ${where}: ${errorText(cause)}`, {
    cause,
    hint: 'it stopped, or could not read on: see what it says itself, and ask again',
  })
}

/** On one line: a text that is none stands as JSON does. */
function text(part: unknown): string {
  return typeof part === 'string' && !controlInLine.test(part) ? part : visible(jsonText(part))
}
