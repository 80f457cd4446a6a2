import { describe, expect, it, onTestFinished } from 'vitest'
import {
  bytes,
  float64,
  int64,
  json,
  long,
  pipeline,
  string,
  store,
  topic,
  tumbling,
  type Pipeline,
} from '../../dsl/index.js'
import { hostAndPort, httpAddress } from '../../src/cli/http/http-option.js'
import { serveState } from '../../src/cli/http/serve-state.js'
import { logWith, write } from '../patterns/helpers.js'

const counts = store('counts', { key: string, value: long })
const words = topic('words', { key: string, value: string })

function counting(): Pipeline {
  const p = pipeline('served', { value: json() })
  const grouped = p.stream(words).groupByKey()
  grouped.count({ as: counts })
  grouped.windowedBy(tumbling('1m')).count({ as: 'minutes', retention: '1h' })
  p.stream(words)
    .groupBy((_, key) => BigInt(key.length), { key: int64 })
    .aggregate(
      () => 0n,
      sum => sum + 1n,
      { as: 'lengths', value: int64 },
    )
  p.stream(words)
    .selectKey((_, key) => Buffer.from(key))
    .groupByKey({ key: bytes })
    .count({ as: store('bytes', { key: bytes, value: long }) })
  return p
}

/** Serves the counts of four words; answers how to ask. */
async function served(
  p: Pipeline = counting(),
): Promise<(path: string, method?: string) => Promise<{ status: number; body: unknown }>> {
  const log = await logWith(['words'])
  await write(
    log,
    ['a', 'b/c', 'a', 'dd'].map((key, i) => ({ topic: 'words', key, value: 'x', timestamp: i * 60_000 })),
  )
  const app = await p.start({ log })
  const server = await serveState(app, p.lower(), { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await server.close()
    await app.close()
    await log.close()
  })
  await app.drained()
  return async (path, method = 'GET') => {
    const response = await fetch(`http://${server.address}${path}`, { method })
    const text = await response.text()
    const isList = response.headers.get('content-type') === 'application/x-ndjson'
    const lines = text.split('\n').slice(0, -1)
    return { status: response.status, body: isList ? lines.map(line => JSON.parse(line) as unknown) : JSON.parse(text) }
  }
}

describe('what sluice run --http serves', () => {
  it('the stores, the entries of one, a range, one key, the windows of a key, and the status', async () => {
    const ask = await served()
    expect(await ask('/stores')).toEqual({
      status: 200,
      body: [
        { name: 'counts', global: false, windows: false },
        { name: 'minutes', global: false, windows: true },
        { name: 'lengths', global: false, windows: false },
        { name: 'bytes', global: false, windows: false },
      ],
    })
    const entries = [
      { key: 'a', value: 2 },
      { key: 'b/c', value: 1 },
      { key: 'dd', value: 1 },
    ]
    expect(await ask('/stores/counts')).toEqual({ status: 200, body: entries })
    expect(await ask('/stores/counts?from=b&to=c')).toEqual({ status: 200, body: [entries[1]] })
    expect(await ask('/stores/counts/value?key=b%2Fc')).toEqual({ status: 200, body: entries[1] })
    expect(await ask('/stores/counts/value?key=none')).toEqual({ status: 200, body: { key: 'none', value: null } })
    // Digits, as they are beyond what a number holds.
    expect(await ask('/stores/lengths/value?key=1')).toEqual({ status: 200, body: { key: '1', value: '2' } })
    // As they are shown.
    const [first] = (await ask('/stores/bytes')).body as unknown[]
    expect(first).toEqual({ key: 'YQ==', value: 2 })
    expect(await ask('/stores/bytes/value?key=YQ%3D%3D')).toEqual({ status: 200, body: first })
    expect(await ask('/stores/bytes/value?key=a')).toMatchObject({ status: 400, body: { code: 'BAD_ARGUMENT' } })
    const window = (start: number) => ({ key: { key: 'a', start, end: start + 60_000 }, value: 1 })
    expect(await ask('/stores/minutes/windows?key=a')).toEqual({ status: 200, body: [window(0), window(120_000)] })
    expect(await ask('/stores/minutes/windows?key=a&from=1')).toEqual({ status: 200, body: [window(120_000)] })
    const typed = encodeURIComponent('{"key":"a","start":0,"end":60000}')
    expect(await ask(`/stores/minutes/value?key=${typed}`)).toMatchObject({ status: 200, body: { value: 1 } })
    expect(await ask('/status')).toMatchObject({ status: 200, body: { state: 'running', lag: 0 } })
  })

  it('numbers that JSON has none for', async () => {
    const p = pipeline('ratios')
    const ratio = (value: number) => ({ as: `ratio-${value}`, value: float64 })
    for (const value of [NaN, -Infinity, 0.5]) {
      p.stream(words)
        .groupByKey()
        .aggregate(
          () => value,
          () => value,
          ratio(value),
        )
    }
    const ask = await served(p)
    for (const value of ['NaN', '-Infinity', 0.5]) {
      const answer = { status: 200, body: { key: 'a', value } }
      expect(await ask(`/stores/ratio-${value}/value?key=a`)).toEqual(answer)
    }
  })

  it('and what it does not: with a code, and what to do', async () => {
    const ask = await served()
    expect(await ask('/stores/none/value?key=a')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_STORE', hint: expect.stringContaining('counts') },
    })
    expect(await ask('/stores/lengths/value?key=many')).toMatchObject({ status: 400, body: { code: 'BAD_ARGUMENT' } })
    expect(await ask('/stores/counts/windows?key=a')).toMatchObject({ status: 400, body: { code: 'UNSUPPORTED' } })
    for (const from of ['then', '-5', '2026x', '1.5']) {
      expect(await ask(`/stores/minutes/windows?key=a&from=${from}`)).toMatchObject({
        status: 400,
        body: { code: 'BAD_ARGUMENT' },
      })
    }
    expect(await ask('/stores/minutes/windows?key=a&from=1970-01-02')).toEqual({ status: 200, body: [] })
    expect(await ask('/stores/minutes/windows?key=a&to=1969-12-31T23:59:59Z')).toEqual({ status: 200, body: [] })
    expect(await ask('/stores/counts?from=a')).toMatchObject({ status: 400, body: { code: 'BAD_ARGUMENT' } })
    expect(await ask('/stores/%/value?key=a')).toMatchObject({ status: 400, body: { code: 'BAD_ARGUMENT' } })
    for (const path of ['/else', '//', '//stores', '/stores/counts/a', '/stores/counts/value/a']) {
      expect(await ask(path)).toMatchObject({ status: 404 })
    }
    for (const of of ['value', 'windows']) {
      expect(await ask(`/stores/minutes/${of}`)).toMatchObject({ status: 400, body: { code: 'BAD_ARGUMENT' } })
    }
    expect(await ask('/stores/counts/value?key=a', 'DELETE')).toMatchObject({ status: 405 })
  })

  it('an address of IPv6 stands in brackets', async () => {
    const p = counting()
    const log = await logWith(['words'])
    const app = await p.start({ log })
    const server = await serveState(app, p.lower(), httpAddress('[::1]:0', ''))
    expect(server.address).toMatch(/^\[::1\]:\d+$/)
    expect((await fetch(`http://${server.address}/stores`)).status).toBe(200)
    const port = Number(server.address.split(':').at(-1))
    expect(hostAndPort(httpAddress(server.address, ''))).toBe(server.address)
    expect(httpAddress(`::1:${port}`, '')).toEqual({ host: '::1', port })
    await server.close()
    await app.close()
    await log.close()
  })

  it('a port that is taken is told', async () => {
    const p = counting()
    const log = await logWith(['words'])
    const app = await p.start({ log })
    const first = await serveState(app, p.lower(), { host: '127.0.0.1', port: 0 })
    const port = Number(first.address.split(':')[1])
    await expect(serveState(app, p.lower(), { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      hint: expect.stringContaining('--http'),
    })
    await first.close()
    await app.close()
    await log.close()
  })
})
