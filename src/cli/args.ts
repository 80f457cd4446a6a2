import { parseArgs, type ParseArgsConfig } from 'node:util'
import { errorText } from '../errors.js'
import { milliseconds, type Duration } from '../time.js'

/** What was typed makes no sense; the message ends with what to type. The process ends with 2. */
export class UsageError extends Error {
  constructor(what: string, usage: string) {
    super(`${what}\n\nusage: ${usage}`)
    this.name = 'UsageError'
  }
}

type Options = NonNullable<ParseArgsConfig['options']>

/** Options and positionals of a command line. @throws UsageError for an unknown option or one without its value */
export function parse<const O extends Options>(
  args: readonly string[],
  usage: string,
  options: O,
): ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>> {
  try {
    return parseArgs({ args: withNegatives(args, options), options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(errorText(error).split('. ')[0]!, usage)
  }
}

/** A negative number is no option: it is the value of the one before it, or a positional, and those may come at the end. */
function withNegatives(args: readonly string[], options: Options): string[] {
  const end = args.indexOf('--')
  const given: string[] = []
  const positionals: string[] = []
  const takesValue = (arg = ''): boolean => options[arg.slice(2)]?.type === 'string'
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    if (!/^-\.?\d/.test(arg)) given.push(arg)
    else if (takesValue(given.at(-1))) given.push(`${given.pop()}=${arg}`)
    else positionals.push(arg)
  }
  const behind = [...positionals, ...(end < 0 ? [] : args.slice(end + 1))]
  // Behind an option without its value `--` would be taken for that.
  return behind.length === 0 ? given : [...given, '--', ...behind]
}

/** A whole number of at least `least`; `undefined` where the option was not given. @throws UsageError */
export function wholeNumber(
  text: string | undefined,
  option: string,
  usage: string,
  least: number = 0,
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw new UsageError(`${option} takes a whole number of at least ${least}, not "${text}"`, usage)
}

/** A duration in milliseconds, typed as a text such as `5s` or as their number. @throws UsageError */
export function duration(text: string | undefined, option: string, usage: string): number | undefined {
  if (text === undefined) return undefined
  try {
    return milliseconds((/^\d+$/.test(text) ? Number(text) : text) as Duration, option)
  } catch {
    throw new UsageError(`${option} takes a duration such as 500ms, 5s or 1m, not "${text}"`, usage)
  }
}

/** The module of a pipeline, the only positional. @throws UsageError */
export function moduleName(positionals: readonly string[], usage: string): string {
  const [module, ...more] = positionals
  if (module === undefined || more.length > 0) throw new UsageError('name one module', usage)
  return module
}

/** Options that name topics, as positionals or in Kafka's way by `--topic`. */
export const topicOptions = { topic: { type: 'string', multiple: true } } as const

/** The topics that were named. @throws UsageError if there is none */
export function topicNames(positionals: readonly string[], topic: readonly string[] = [], usage: string): string[] {
  const names = [...new Set([...positionals, ...topic])]
  if (names.length === 0) throw new UsageError('name a topic', usage)
  return names
}

/** The one topic that was named. @throws UsageError */
export function topicName(positionals: readonly string[], topic: readonly string[] = [], usage: string): string {
  const [name, ...more] = topicNames(positionals, topic, usage)
  if (more.length > 0) throw new UsageError(`one topic at a time, not ${[name, ...more].join(', ')}`, usage)
  return name!
}
