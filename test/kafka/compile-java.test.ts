import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compileJava } from './compile-java.js'
import { missingTools } from './jars.js'

const run = promisify(execFile)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-java-'))
})

afterEach(() => rm(folder, { recursive: true }))

test.skipIf(missingTools() !== undefined)('compiles what is not compiled yet, however old its file is', async () => {
  const write = (name: string, says: string): Promise<void> =>
    writeFile(
      join(folder, `${name}.java`),
      `class ${name} { public static void main(String[] args) { System.out.print("${says}"); } }`,
    )
  const said = async (name: string, classPath: string): Promise<string> =>
    (await run('java', ['-Xshare:auto', '-XX:TieredStopAtLevel=1', '-cp', classPath, name])).stdout
  await write('First', 'one')
  await compileJava(folder, folder)
  await write('Second', 'two')
  await utimes(join(folder, 'Second.java'), 1, 1)
  const [classPath, atOnce] = await Promise.all([compileJava(folder, folder), compileJava(folder, folder)])
  expect(atOnce).toBe(classPath)
  expect(classPath.split(delimiter)[1]).toBe(folder)
  expect(await said('Second', classPath)).toBe('two')
  expect(await compileJava(folder, folder)).toBe(classPath)
  expect(await readdir(join(folder, 'classes'))).toHaveLength(2)
})
