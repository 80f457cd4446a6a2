import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const atEnd = fileURLToPath(new URL('../../bench/harness/at-end.ts', import.meta.url))
const program = `
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const { killedAtEnd, scratch } = await import(${JSON.stringify(atEnd)})
const directory = await scratch()
writeFileSync(directory + '/data', 'gigabytes')
killedAtEnd(spawn('sleep', ['60'], { stdio: 'inherit' }))
console.log(directory)
setInterval(() => {}, 1000)
`

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a run that ends by %s leaves no directory and no process behind',
  async signal => {
    const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [directory] = (await once(createInterface({ input: run.stdout }), 'line')) as [string]
    expect(existsSync(directory)).toBe(true)
    run.kill(signal)
    // Closed when nobody has its output any more, the other process neither.
    const [code] = await once(run, 'close')
    expect(code).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal])
    expect(existsSync(directory)).toBe(false)
  },
)
