import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/log/kafka/options.js'
import type { HeartbeatWorkerData } from '../../src/log/kafka/member/messages.js'
import type { Described } from 'sluice'

const root = resolve(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as object

/** Every path in the manifest that the build has to make. */
function built(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('./dist/') ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(built) : []
}

describe('the built package', () => {
  it('has all files that package.json names', () => {
    const files = built(manifest)
    expect(files).toEqual(expect.arrayContaining(['./dist/dsl/index.js', './dist/dsl/index.d.ts']))
    expect(files.filter(file => !existsSync(resolve(root, file)))).toEqual([])
  })

  it('has the program of the heartbeats with all that it needs', async () => {
    const { onError: _, ...settings } = settingsOf({ brokers: ['localhost:1'] })
    const workerData: HeartbeatWorkerData = { settings, group: 'none', progress: new SharedArrayBuffer(4) }
    const worker = new Worker(createRequire(import.meta.url).resolve('#heartbeat-worker'), { workerData })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ kind: 'close' })
    expect(await once(worker, 'exit')).toEqual([0])
  })

  it.each([[[]], [['--enable-source-maps']]])('tells the lines of its user under node %j', options => {
    const script = 'test/scripts/fixtures/places.mjs'
    const told = execFileSync(process.execPath, [...options, script], { cwd: root, encoding: 'utf8' })
    const { described, message } = JSON.parse(told) as { described: Described; message: string }
    const lines = described.subTopologies.flatMap(({ nodes }) => nodes.map(({ line }) => line))
    expect(lines.length).toBeGreaterThan(6)
    for (const line of [...lines, message]) expect(line).toMatch(/test\/scripts\/fixtures\/places\.mjs:\d+:\d+/)
  })

  it('loads RxJS only when somebody asks for an Observable', () => {
    const loaded = `console.log(Object.keys(require.cache).some(file => /node_modules.rxjs/.test(file)))`
    const script = `import('sluice').then(({ from, pipeline, string, topic }) => {
      ${loaded}
      from(pipeline('some').stream(topic('words', { key: string, value: string })))
      ${loaded}
    })`
    expect(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' })).toBe('false\ntrue\n')
  })

  it('loads no codec before a batch of it comes', () => {
    const script = `import('sluice').then(() => {
      console.log(Object.keys(require.cache).filter(file => /node_modules.(@napi-rs|snappy|@?[^/]*lz4|fzstd)/.test(file)))
    })`
    expect(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' })).toBe('[]\n')
  })
})
