import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe as group, expect, it } from 'vitest'
import { describeKafka } from '../kafka/shared.js'
import { directly, outcome, saying, scratch, sluice, start } from './shell.js'

const module = join(import.meta.dirname, 'fixtures/sharded.ts')

/** Runs the pipeline that counts words, with its state served. */
async function serving(...args: string[]): Promise<{ child: ChildProcessWithoutNullStreams; address: string }> {
  const child = start('run', module, '--http', '0', ...args)
  const said = await saying(child, /sluice query --http (\S+)/)
  return { child, address: /sluice query --http (\S+)/.exec(said)![1]! }
}

async function stop(child: ChildProcessWithoutNullStreams): Promise<void> {
  const ended = outcome(child)
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0 })
}

/** Asks until the answer is this: the pipeline has its time. */
async function expectAnswer(args: readonly string[], expected: string): Promise<void> {
  let last = ''
  for (let i = 0; i < 100 && last !== expected; i++) last = (await sluice(['query', ...args])).out
  expect(last).toBe(expected)
}

group('sluice query', async () => {
  const log = join(await scratch(), 'log')

  it('reads the state of what runs on the embedded log', async () => {
    process.env['INPUT'] = 'lines'
    process.env['OUTPUT'] = 'counted'
    await directly(['topics', 'create', 'lines', 'lines-rows', 'counted', '--log', log])
    await directly(['produce', 'lines', '--log', log], 'a\tone\nb\ttwo\nc\tone\nd\t..\n')
    const { child, address } = await serving('--log', log)
    const at = ['--http', address]
    await expectAnswer(['counts', 'one', ...at], '2\n')
    await expectAnswer(['counts', ...at, '--max', '5'], '..\t1\none\t2\ntwo\t1\n')
    expect((await sluice(['query', 'counts', '..', ...at])).out).toBe('1\n')
    expect((await sluice(['query', 'counts', '.', ...at])).err).toBe('counts has no .\n')
    expect((await sluice(['query', 'windows', '..', '--windows', ...at])).out).toMatch(/^\{"key":"\.\.",.*\t1\n$/)
    await expectAnswer(['counts', '--from', 'p', '--to', 'z', ...at], 'two\t1\n')
    expect((await sluice(['query', ...at])).out.split('\n')).toContain('counts')
    expect((await sluice(['query', 'windows', 'one', '--windows', ...at])).out).toMatch(
      /^\{"key":"one","start":.*\t2\n$/,
    )
    expect(await sluice(['query', 'counts', 'none', ...at])).toMatchObject({
      code: 0,
      out: '',
      err: 'counts has no none\n',
    })
    const unknown = await sluice(['query', 'nothing', 'x', ...at])
    expect(unknown.err).toMatch(/^UNKNOWN_STORE: .*nothing.*\n.*counts/)
    expect(unknown.code).toBe(1)
    await stop(child)
    const gone = await sluice(['query', 'counts', 'one', ...at])
    expect(gone.err).toMatch(/^NOT_RUNNING: nothing answers.*\n.*sluice run <module> --http/)
    expect((await sluice(['query', 'counts', '--http', 'here'])).code).toBe(2)
  })
})

it('says how much came of an answer that broke off', async () => {
  const breaks = createServer((request, response) => {
    if (request.url === '/stores') return void response.end('[]')
    response.write(request.url!.includes('value') ? '{"key":' : '{"key":"a","value":1}\n{"key":"b","value":2}\n{"k')
    setTimeout(() => response.destroy(), 100)
  }).listen(0, '127.0.0.1')
  await once(breaks, 'listening')
  const at = ['--http', String((breaks.address() as AddressInfo).port)]
  const entries = await sluice(['query', 'counts', ...at])
  expect(entries).toMatchObject({ code: 1, out: 'a\t1\nb\t2\n' })
  expect(entries.err).toMatch(/^NOT_RUNNING: what 127\.0\.0\.1:\d+ answered broke off after 2 entries: .*\n {2}→ .*\n$/)
  const value = await sluice(['query', 'counts', 'a', ...at])
  expect(value).toMatchObject({ code: 1, err: expect.stringMatching(/^NOT_RUNNING: .*broke off.*\n.*\n$/) as string })
  breaks.close()
})

it('keeps an entry on its line, and orders to the terminal from the terminal', async () => {
  const entries = [
    { key: 'a\tb', value: 'one' },
    { key: 'c', value: 'two\nthree' },
    { key: '\u001b[2J', value: { '\u009b': '\u009b1m' } },
  ]
  const answers = createServer((request, response) => {
    if (request.url === '/stores') return void response.end('[]')
    if (request.url!.includes('value')) return void response.end(JSON.stringify({ key: 'd', value: '\u001b[31m' }))
    response.end(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
  }).listen(0, '127.0.0.1')
  await once(answers, 'listening')
  const at = ['--http', String((answers.address() as AddressInfo).port)]
  expect((await sluice(['query', 'counts', ...at])).out).toBe(
    'a\tb\tone\nc\t"two\\nthree"\n"\\u001b[2J"\t{"\\u009b":"\\u009b1m"}\n',
  )
  expect((await sluice(['query', 'counts', 'd', ...at])).out).toBe('"\\u001b[31m"\n')
  answers.close()
})

it('asks another instance where one hangs, and says so where all do', async () => {
  const hangs = createServer(() => {}).listen(0, '127.0.0.1')
  const answers = createServer((_, response) => void response.end('{"key":"a","value":1}')).listen(0, '127.0.0.1')
  await Promise.all([once(hangs, 'listening'), once(answers, 'listening')])
  const [first, second] = [hangs, answers].map(server => (server.address() as AddressInfo).port)
  const [asked, stuck] = await Promise.all([
    sluice(['query', 'counts', 'a', '--http', `${first},${second}`]),
    sluice(['query', 'counts', 'a', '--http', String(first)]),
  ])
  expect(asked).toMatchObject({ code: 0, out: '1\n' })
  expect(stuck.err).toMatch(/^NOT_RUNNING: nothing answers at \S+: no answer for 5 s\n/)
  hangs.close()
  hangs.closeAllConnections()
  answers.close()
})

it('takes negative numbers for keys, and asks another instance where one is gone', async () => {
  const asked: string[] = []
  const answers = createServer((request, response) => {
    asked.push(request.url!)
    if (request.url === '/stores') return void response.end('[{"name":"counts","global":true,"windows":false}]')
    response.end('{"key":-3,"value":1}\n')
  }).listen(0, '127.0.0.1')
  await once(answers, 'listening')
  const at = ['--http', `1,${(answers.address() as AddressInfo).port}`]
  expect(await sluice(['query', ...at])).toMatchObject({ code: 0, out: 'counts\tglobal\n' })
  expect(await sluice(['query', 'counts', '-3', ...at])).toMatchObject({ code: 0, out: '1\n' })
  expect(await sluice(['query', 'counts', ...at, '--', '-3'])).toMatchObject({ code: 0, out: '1\n' })
  expect(await sluice(['query', 'counts', '--from', '-3', ...at, '--to', '-.5'])).toMatchObject({ out: '-3\t1\n' })
  expect(asked.filter(url => url !== '/stores')).toEqual([
    '/stores/counts/value?key=-3',
    '/stores/counts/value?key=-3',
    '/stores/counts?from=-3&to=-.5',
  ])
  expect((await sluice(['query', 'counts', '-x', ...at])).code).toBe(2)
  answers.close()
})

describeKafka('sluice query', kafka => {
  it('asks all instances that it is told of, each for its own partitions', { timeout: 120_000 }, async () => {
    const [input, output] = [kafka.name('lines'), kafka.name('counted')]
    process.env['INPUT'] = input
    process.env['OUTPUT'] = output
    const at = ['--brokers', kafka.brokers.join(',')]
    await directly(['topics', 'create', input, `${input}-rows`, output, '--partitions', '2', ...at])
    await directly(['produce', input, ...at], Array.from({ length: 20 }, (_, i) => `k\tword${i}\n`).join(''))
    const dir = await scratch()
    const one = await serving(...at, '--state-dir', join(dir, 'one'))
    const two = await serving(...at, '--state-dir', join(dir, 'two'))
    const both = ['--http', `${one.address},${two.address}`]
    const words = Array.from({ length: 20 }, (_, i) => `word${i}`)
    const all = words.map(word => `${word}\t1`).toSorted()
    let found: string[] = []
    for (let i = 0; i < 100 && found.length !== all.length; i++) {
      found = (await sluice(['query', 'counts', ...both])).out.split('\n').slice(0, -1)
    }
    expect(found.toSorted()).toEqual(all)
    for (const word of words.slice(0, 4)) await expectAnswer(['counts', word, ...both], '1\n')
    await stop(one.child)
    await stop(two.child)
  })
})
