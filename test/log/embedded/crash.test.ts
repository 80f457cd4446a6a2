import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { embedded } from '../../../src/log/embedded/embedded.js'
import { partitionId } from '../../../src/record.js'
import { expectCode, valuesOf } from '../helpers.js'
import { temporaryDirectory } from '../temporary.js'

const script = fileURLToPath(new URL('./committing.ts', import.meta.url))

function start(dir: string): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Kills the process after it committed `count` times; answers the last number it told of. */
async function killAfter(child: ChildProcess, count: number): Promise<number> {
  let last = -1
  let lines = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line)
    if (++lines === count) child.kill('SIGKILL')
  }
  return last
}

test('kill -9 in the middle of commits loses none and leaves none half done', { timeout: 60_000 }, async () => {
  const dir = await temporaryDirectory()
  let before = -1
  for (const commits of [1, 37, 250, 4, 611]) {
    const told = await killAfter(start(dir), commits)
    expect(told).toBeGreaterThan(before)
    const log = await embedded(dir).open()
    const one = (await valuesOf(log, 'one', 0)).map(Number)
    const newest = one.length - 1
    expect(newest).toBeGreaterThanOrEqual(told)
    expect(one).toEqual(Array.from(one, (_, i) => i))
    const two = [...(await valuesOf(log, 'two', 0)), ...(await valuesOf(log, 'two', 1))].map(value =>
      parseFloat(value!),
    )
    expect(two.sort((a, b) => a - b)).toEqual(one)
    const position = await log.committed('g', [{ topic: 'one', partition: 0 }])
    expect(position.get(partitionId('one', 0))?.offset).toBe(newest + 1)
    const store = log.state!.store('numbers')
    expect(Buffer.from(store.get(Buffer.from('newest'))!).toString()).toBe(String(newest))
    let numbers = 0
    for await (const _ of store.entries({ lt: Buffer.from('newest') })) numbers++
    expect(numbers).toBe(newest + 1)
    await log.close()
    before = newest
  }
})

test('a second process is refused while the first lives, by name', { timeout: 30_000 }, async () => {
  const dir = await temporaryDirectory()
  const child = start(dir)
  await once(child.stdout!, 'data')
  const error = await expectCode('STATE_LOCKED', () => embedded(dir).open())
  expect(error.message).toContain(dir)
  expect(error.hint).toBeDefined()
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  await (await embedded(dir).open()).close()
})
