import { parseArgs } from 'node:util'
import { datasetNames, isDataset, type Dataset } from './flights.js'

export interface Options {
  readonly dataset: Dataset
  /** Kafka's addresses; without them the log is embedded. */
  readonly brokers: readonly string[] | undefined
  /** Where the embedded log lies. */
  readonly dir: string
  /** Where state lies when the log is Kafka. */
  readonly stateDir: string
  readonly commitInterval: number
}

const usage = `npm start -- [--flights ${datasetNames.join('|')}] [--log <dir> | --brokers <host:port,…>]
             [--state-dir <dir>] [--commit-interval <ms>]`

/** What was typed; the process ends with 2 where it makes no sense. */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        flights: { type: 'string', default: '20k' },
        log: { type: 'string' },
        brokers: { type: 'string' },
        'state-dir': { type: 'string', default: 'data/state' },
        'commit-interval': { type: 'string', default: '100' },
      },
    })
    const { flights, log, brokers } = values
    if (!isDataset(flights)) throw new Error(`--flights is one of ${datasetNames.join(', ')}`)
    if (log !== undefined && brokers !== undefined) throw new Error('--log and --brokers exclude each other')
    const commitInterval = Number(values['commit-interval'])
    if (!(commitInterval >= 0)) throw new Error('--commit-interval is a number of milliseconds')
    return {
      dataset: flights,
      brokers: brokers?.split(','),
      dir: log ?? `data/flights-${flights}`,
      stateDir: values['state-dir'],
      commitInterval,
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(2)
  }
}
