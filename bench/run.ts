import { engines } from './engines/index.js'
import { openBench } from './harness/open-bench.js'
import { markdown } from './harness/markdown.js'
import { benchOptions, usage } from './harness/options.js'
import { pick } from './harness/pick.js'
import { publish } from './harness/publish.js'
import { storeResult } from './harness/store-result.js'
import { suites } from './suites/index.js'

const pageOrder = suites.map(({ name }) => name)

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) return console.log(`${usage}\n\nNAME is one of\n${list()}`)
  const options = benchOptions(argv)
  const chosen = pick('suite', suites, chosenNames(options.names))
  await using bench = await openBench(options, pick('engine', engines, options.engines))
  const failed: string[] = []
  for (const [at, suite] of chosen.entries()) {
    bench.say(`[${at + 1}/${chosen.length}] ${suite.name}: ${suite.title}`)
    try {
      const result = await storeResult(options.results, await suite.run(bench))
      console.log(`\n${markdown(result)}\n`)
      await publish(options.results, pageOrder, options.readme)
    } catch (error) {
      // In a run of many, what one of them fails at must not cost the others their figures.
      if (chosen.length === 1) throw error
      failed.push(`${suite.name}: ${error instanceof Error ? error.message : String(error)}`)
      bench.say(`  ${failed.at(-1)}`)
    }
  }
  if (failed.length > 0) throw new Error(`not measured:\n${failed.join('\n')}`)
}

/** `all`, or none, means all; the beginning of names up to a hyphen means all that begin so: `nexmark`. */
function chosenNames(given: readonly string[]): readonly string[] {
  if (given.length === 0 || given.includes('all')) return pageOrder
  return given.flatMap(name => {
    const group = pageOrder.filter(one => one.startsWith(`${name}-`))
    return pageOrder.includes(name) || group.length === 0 ? [name] : group
  })
}

function list(): string {
  const width = Math.max(...suites.map(({ name }) => name.length)) + 2
  return suites.map(({ name, title }) => `  ${name.padEnd(width)}${title}`).join('\n')
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
