import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { describeOwnKafka } from '../kafka/shared.js'

const cluster = fileURLToPath(new URL('../../bench/harness/cluster.ts', import.meta.url))
const program = `
const { openCluster } = await import(${JSON.stringify(cluster)})
await openCluster(undefined)
console.log('open')
setInterval(() => {}, 1000)
`

describeOwnKafka('the broker of a run', () => {
  test('ends the run where it ends by itself, which would wait for it otherwise', async () => {
    const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = text(run.stderr)
    await once(createInterface({ input: run.stdout }), 'line')
    process.kill(brokerOf(run.pid!), 'SIGKILL')
    const [code] = await once(run, 'close')
    expect(code).toBe(1)
    expect(await said).toContain('the broker of this run has ended by itself')
  })
})

/** The JVM below a process. */
function brokerOf(pid: number): number {
  const below = childrenOf(pid).flatMap(child => [child, ...childrenOf(child)])
  const found = below.find(child => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'java')
  if (found === undefined) throw new Error(`process ${pid} has no broker`)
  return found
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}
