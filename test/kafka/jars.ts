import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname

/** Why no broker can be started here; `undefined` when one can. */
export function missingTools(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const missing = ['java', 'mvn'].filter(tool => !folders.some(folder => existsSync(join(folder, tool))))
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not found on the PATH`
}

/** The class path of Kafka's own jars. */
export function kafkaClassPath(): Promise<string> {
  return mavenJars(here)
}

/**
 * The class path of what the `pom.xml` of a folder depends on, copied from Maven Central into its subfolder `libs` when it
 * is not there or the file has changed. Safe to call from several processes at once.
 */
export async function mavenJars(folder: string): Promise<string> {
  const libs = join(folder, 'libs')
  const pom = createHash('sha256')
    .update(await readFile(join(folder, 'pom.xml')))
    .digest('hex')
  const current = async (): Promise<boolean> => (await readFile(join(libs, '.pom'), 'utf8').catch(() => '')) === pom
  if (!(await current())) {
    const unlock = await lock(join(folder, 'libs.lock'))
    try {
      if (!(await current())) await copyJars(folder, pom)
    } finally {
      await unlock()
    }
  }
  return join(libs, '*')
}

async function copyJars(folder: string, pom: string): Promise<void> {
  const libs = join(folder, 'libs')
  const staging = `${libs}.new`
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { recursive: true })
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${staging}`,
  ])
  await writeFile(join(staging, '.pom'), pom)
  await rm(libs, { recursive: true, force: true })
  await rename(staging, libs)
}

/** A lock file with the owner's pid, so that one left behind by a dead process does not block for ever. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = Number(await readFile(path, 'utf8').catch(() => ''))
      if (existsSync(path) && owner > 0 && !alive(owner)) await rm(path, { force: true })
      else await sleep(100)
    }
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
