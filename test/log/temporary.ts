import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty directory that goes with the test. */
export async function temporaryDirectory(): Promise<string> {
  const dir = await makeDirectory()
  onTestFinished(() => removeDirectory(dir))
  return dir
}

export async function makeDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'sluice-log-'))
}

export async function removeDirectory(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
}
