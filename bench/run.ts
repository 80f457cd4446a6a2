import { engines } from './engines/index.js'
import { openCluster } from './harness/cluster.js'
import { Datasets } from './harness/datasets.js'
import { describeMachine } from './harness/machine.js'
import { measure } from './harness/measure.js'
import { benchOptions, usage } from './harness/options.js'
import { markdown, report, save } from './harness/report.js'
import { workloads } from './workloads/index.js'

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) return console.log(usage)
  const options = benchOptions(argv)
  const chosen = pick('workload', workloads, options.names.length > 0 ? options.names : undefined)
  const contenders = pick('engine', engines, options.engines)
  const machine = await describeMachine()
  await using cluster = await openCluster(options.brokers)
  const say = (line: string): void => console.error(line)
  const bench = { cluster, options, say, datasets: new Datasets(cluster, say) }
  for (const workload of chosen) {
    say(`${workload.name}: ${workload.title}`)
    const able = contenders.filter(engine => engine.does?.(workload) ?? true)
    let measurements
    try {
      measurements = await measure(workload, able, bench)
    } finally {
      for (const engine of contenders) await engine.close?.()
    }
    const result = report(workload, machine, measurements)
    console.log(`\n${markdown(result)}\n`)
    console.error(`results in ${await save(options.results, result)}`)
  }
}

function pick<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): T[] {
  return (names ?? all.map(({ name }) => name)).map(name => {
    const found = all.find(one => one.name === name)
    if (found === undefined)
      throw new Error(`no ${what} is called "${name}"; there are: ${all.map(one => one.name).join(', ')}`)
    return found
  })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error(`\n${usage}`)
  process.exitCode = 1
}
