import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import Table from 'cli-table3'
import { mutations, type Mutation } from './mutation-list.js'

// `npm run test:mutations`: breaks one operator after the other in a copy of the sources, and expects the random cases to
// find it. `-- --seed 42` for other cases.

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, cases: { type: 'string', default: '3000' } },
})

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

/** What the random cases say of the copy; `undefined` when they find nothing. */
async function difference(copy: string): Promise<string | undefined> {
  const main = ['--import', 'tsx', 'test/oracle/main.ts', '--cases', values.cases, '--seed', values.seed]
  try {
    await run(process.execPath, main, { cwd: copy })
    return undefined
  } catch (error) {
    const { stderr } = error as { stderr: string }
    if (!stderr.includes('Sluice answers otherwise')) throw error
    return stderr
  }
}

/** The operators of the smallest case, its records and what differed first. */
function summary(message: string): { readonly topology: string; readonly records: string; readonly seen: string } {
  const lines = message.split('\n')
  const nodes = lines
    .filter(line => line.startsWith('  {"id"'))
    .map(line => JSON.parse(line) as { op: string; kind?: string })
  const topology = nodes.map(({ op, kind }) => (kind === undefined ? op : `${kind} ${op}`)).join(' ')
  const records = lines.filter(line => /^ {2}\d+: /.test(line)).map(line => line.trim().replace(/^\d+: /, ''))
  const seen = lines.filter(line => /^ {2}[-+] /.test(line)).map(line => line.trim())
  return { topology, records: records.join('\n'), seen: seen.slice(0, 4).join('\n') }
}

async function mutate(copy: string, { file, from, to }: Mutation): Promise<() => Promise<void>> {
  const path = join(copy, file)
  const source = await readFile(path, 'utf8')
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times what is to be replaced: ${from}`)
  await writeFile(path, parts.join(to))
  return () => writeFile(path, source)
}

const copy = await copySources()
const table = new Table({
  head: ['mutation', 'caught by', 'records', 'Kafka Streams (-), Sluice (+)'],
  style: { head: [] },
})
try {
  if ((await difference(copy)) !== undefined) throw new Error('the sources differ as they are: npm run test:oracle')
  for (const mutation of mutations) {
    const restore = await mutate(copy, mutation)
    const found = await difference(copy)
    await restore()
    if (found === undefined) process.exitCode = 1
    const { topology, records, seen } =
      found === undefined ? { topology: 'NOTHING', records: '', seen: '' } : summary(found)
    table.push([mutation.what, topology.replaceAll(/(.{1,38})( |$)/g, '$1\n').trim(), records, seen])
    process.stderr.write(`${found === undefined ? 'missed' : 'caught'}: ${mutation.what}\n`)
  }
  console.log(table.toString())
} finally {
  await rm(copy, { recursive: true, force: true })
}
