import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))
let compiled: Promise<unknown> | undefined

/** A program of `bench/sluice` as JavaScript, compiled once a run: no engine's start or memory has a compiler in it. */
export async function programs(name: string): Promise<string> {
  compiled ??= run(process.execPath, [compiler(), '-p', join(folder, 'sluice/tsconfig.json')])
  await compiled
  return join(folder, `sluice/compiled/${name}.js`)
}

function compiler(): string {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  return join(dirname(manifest), 'bin/tsc')
}
