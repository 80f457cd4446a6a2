import { parseArgs } from 'node:util'

/** What every example can be told on the command line. */
export interface ExampleOptions {
  /** Kafka's addresses; without them the log is embedded. */
  readonly brokers: readonly string[] | undefined
  /** Where the embedded log lies. */
  readonly dir: string
  /** Where state lies when the log is Kafka. */
  readonly stateDir: string
  /** How many events of the made-up input are written in all; more than before writes the rest. */
  readonly events: number
  readonly commitInterval: number
  /** The failure zone of this instance. */
  readonly zone: string | undefined
}

/** What was typed; the process ends with 2 where it makes no sense. */
export function readOptions(example: string, defaultEvents: number, args: readonly string[]): ExampleOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        events: { type: 'string', default: String(defaultEvents) },
        log: { type: 'string' },
        brokers: { type: 'string' },
        'state-dir': { type: 'string', default: 'data/state' },
        'commit-interval': { type: 'string', default: '100' },
        zone: { type: 'string' },
      },
    })
    const { log, brokers } = values
    if (log !== undefined && brokers !== undefined) throw new Error('--log and --brokers exclude each other')
    return {
      brokers: brokers?.split(','),
      dir: log ?? `data/${example}`,
      stateDir: values['state-dir'],
      events: wholeNumber('events', values.events),
      commitInterval: wholeNumber('commit-interval', values['commit-interval']),
      zone: values.zone,
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage(example)}`)
    process.exit(2)
  }
}

function usage(example: string): string {
  return `node --import tsx examples/${example}/main.ts [--events <n>] [--log <dir> | --brokers <host:port,…>]
     [--state-dir <dir>] [--commit-interval <ms>] [--zone <name>]`
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (text !== '' && Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`--${name} is a whole number, not ${JSON.stringify(text)}`)
}
