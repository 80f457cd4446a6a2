import { parseArgs } from 'node:util'
import { check } from './check.js'
import { startOracle } from './oracle.js'

// `npm run test:oracle`, with `-- --cases 1000 --seed 42` for other runs, `--path …` to go straight to a case,
// and `--with 'versioned table'` (any of several) for only those cases that have it, by its name in the table of coverage.

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    path: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
  },
})
// The DSL looks for its caller's line at every call: with source maps, that took a tenth of the time.
process.setSourceMapsEnabled(false)

const [count, seed] = [Number(values.cases), Number(values.seed)]
const isTerminal = process.stderr.isTTY
const begin = performance.now()
console.log(`${count} random topologies, Sluice beside Kafka Streams, seed ${seed}`)

await using oracle = await startOracle()
const { coverage, failure } = await check(oracle, {
  seed,
  count,
  features: values.with,
  ...(values.path !== undefined && { path: values.path }),
  done: cases => {
    const step = isTerminal ? 50 : Math.ceil(count / 10)
    if (cases % step > 0 && cases < count) return
    const seconds = (performance.now() - begin) / 1000
    const line = `${cases} of ${count}, ${Math.round(seconds)} s, ${Math.round(cases / seconds)} cases/s`
    process.stderr.write(isTerminal ? `\r${line}` : `${line}\n`)
  },
})
if (isTerminal) process.stderr.write('\n')
if (failure !== undefined) {
  console.error(failure.message)
  process.exitCode = 1
} else {
  console.log(`cases in which each ran:\n${coverage.toString()}`)
  if (coverage.missing.length > 0 && values.with.length === 0) {
    console.error(`never hit: ${coverage.missing.join(', ')}`)
    process.exitCode = 1
  } else console.log(`${count} cases without a difference`)
}
