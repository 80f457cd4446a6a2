import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { mutations, type Mutation } from './mutation-list.js'

// `npm run test:mutations`: breaks one operator after the other in a copy of the sources, and expects the random cases to
// find it: those of them that have the operator in question, which are the same as without that filter, only the others are
// left out. `-- --seed 42` for other cases, `-- --only grace` for the mutations whose text or file has that in it.

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '5000' },
    only: { type: 'string', default: '' },
  },
})

/** The case of the seed that shows a difference, and its operators when made as small as it can be. */
interface Caught {
  readonly number: number
  readonly operators: string
}

/** A copy of what the oracle needs, in a directory of its own. */
async function copySources(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'sluice-mutations-'))
  for (const part of ['src', 'dsl', 'test/oracle', 'package.json', 'tsconfig.json']) {
    await cp(join(root, part), join(copy, part), { recursive: true })
  }
  await symlink(join(root, 'test/kafka'), join(copy, 'test/kafka'))
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Runs those random cases on the copy up to the first difference; `undefined` when there is none. */
async function difference(copy: string, cases: number, features: readonly string[]): Promise<Caught | undefined> {
  const having = features.flatMap(feature => ['--with', feature])
  const main = ['--import', 'tsx', 'test/oracle/main.ts', '--cases', String(cases), '--seed', values.seed, ...having]
  try {
    await run(process.execPath, main, { cwd: copy, maxBuffer: 2 ** 26, timeout: 600_000 })
    return undefined
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const path = /^seed -?\d+, path (\d+)/m.exec(stderr)
    if (path === null) throw error
    return { number: Number(path[1]) + 1, operators: operatorsOf(stderr) }
  }
}

function operatorsOf(message: string): string {
  const nodes = message
    .split('\n')
    .filter(line => line.startsWith('  {"id"'))
    .map(line => JSON.parse(line) as { op: string; kind?: string })
  return nodes.map(({ op, kind }) => (kind === undefined ? op : `${kind} ${op}`)).join(', ')
}

/** Answers what takes it back. */
async function mutate(copy: string, { file, from, to }: Mutation): Promise<() => Promise<void>> {
  const path = join(copy, file)
  const source = await readFile(path, 'utf8')
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times what is to be replaced: ${from}`)
  await writeFile(path, parts.join(to))
  return () => writeFile(path, source)
}

const chosen = mutations.filter(({ what, file }) => `${what} ${file}`.includes(values.only))
const rows: string[] = []
/** How many cases it took, by what they have. */
const farthest = new Map<readonly string[], number>()
let missed = 0
const copy = await copySources()
try {
  for (const [i, mutation] of chosen.entries()) {
    const restore = await mutate(copy, mutation)
    const begin = performance.now()
    const caught = await difference(copy, Number(values.cases), mutation.shownBy)
    await restore()
    if (caught === undefined) missed++
    else farthest.set(mutation.shownBy, caught.number)
    const by = caught === undefined ? `NOTHING in ${values.cases} cases` : `case ${caught.number}`
    rows.push(`| ${mutation.what} | \`${mutation.file}\` | ${by} | ${caught?.operators ?? ''} |`)
    const seconds = Math.round((performance.now() - begin) / 1000)
    process.stderr.write(`${i + 1} of ${chosen.length}, ${seconds} s, ${mutation.what}: ${by}\n`)
  }
  // What catches a mutation has to pass without it.
  for (const [features, cases] of farthest) {
    const own = await difference(copy, cases, features)
    if (own === undefined) continue
    throw new Error(`case ${own.number} of those with ${features.join(' or ')} differs without a mutation`)
  }
} finally {
  await rm(copy, { recursive: true, force: true })
}
console.log(`| mutation | file | caught by (seed ${values.seed}) | operators of the smallest such case |`)
console.log(`| --- | --- | --- | --- |\n${rows.join('\n')}`)
console.log(`${chosen.length - missed} of ${chosen.length} caught, by cases that pass without a mutation`)
if (missed > 0 || chosen.length === 0) process.exitCode = 1
