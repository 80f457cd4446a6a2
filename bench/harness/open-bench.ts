import { missingTools } from '../../test/kafka/jars.js'
import { openCluster, type Cluster } from './cluster.js'
import { Datasets } from './datasets.js'
import { describeMachine } from './machine.js'
import type { Engine } from './engine.js'
import type { BenchOptions } from './options.js'
import type { Bench } from './suite.js'

/** What the suites of a run share; its broker, if one was needed, ends with it. */
export async function openBench(
  options: BenchOptions,
  contenders: readonly Engine[],
): Promise<Bench & AsyncDisposable> {
  const say = (line: string): void => console.error(line)
  const engines: Engine[] = []
  for (const engine of contenders) {
    const reason = await engine.missing?.()
    if (reason === undefined) engines.push(engine)
    else say(`${engine.name} is left out: ${reason}`)
  }
  let opened: Promise<Cluster> | undefined
  let datasets: Datasets | undefined
  const cluster = (): Promise<Cluster> =>
    (opened ??= openCluster(options.brokers).catch(options.brokers === undefined ? explained : notTheirs))
  return {
    machine: await describeMachine(),
    options,
    engines,
    cluster,
    datasets: async () => (datasets ??= new Datasets(await cluster(), say)),
    say,
    async [Symbol.asyncDispose]() {
      // One that did not open has told why already.
      await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}

function explained(cause: Error): never {
  const missing = missingTools()
  if (missing === undefined) throw cause
  throw new Error(`no Kafka: ${missing}; --engines sluice-embedded does without it (${cause.message})`, { cause })
}

function notTheirs(cause: Error): never {
  throw new Error(`the Kafka that --brokers or KAFKA_BROKERS names: ${cause.message}`, { cause })
}
