import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { embedded, kafka as kafkaLog, readRecords, recordWriter, string, topic } from 'sluice'
import { describe as group, expect, it, onTestFinished } from 'vitest'
import { replay } from '../../src/cli/dlq/replay.js'
import { describeKafka } from '../kafka/shared.js'
import { writeRecords } from '../write-records.js'
import { directly, outcome, saying, scratch, sluice, start } from './shell.js'

const strict = join(import.meta.dirname, 'fixtures/strict.ts')

interface Place {
  readonly at: () => readonly string[]
  readonly name: (what: string) => string
  readonly running?: readonly string[]
  readonly dir: string
}

interface Read {
  readonly key: string
  readonly value: string
  readonly partition: number
  readonly offset: number
  readonly headers: readonly (readonly [string, string])[]
}

function dlqContract({ at, name, running = [], dir }: Place): void {
  interface Topics {
    readonly input: string
    readonly output: string
    readonly letters: string
  }

  /** Topics that hold these lines, and the letters that running over them made. */
  async function failed(lines: string | Uint8Array, least = 0): Promise<Topics> {
    const topics = { input: name('orders'), output: name('checked'), letters: name('letters') }
    await directly(['topics', 'create', ...Object.values(topics), '--partitions', '2', ...at()])
    await directly(['produce', topics.input, ...at()], lines)
    await run(topics, least)
    return topics
  }

  async function run(topics: Topics, least = 0): Promise<void> {
    Object.assign(process.env, {
      INPUT: topics.input,
      OUTPUT: topics.output,
      LETTERS: topics.letters,
      LEAST: String(least),
    })
    const { code, err } = await sluice(['run', strict, '--until-drained', ...at(), ...running])
    expect(code, err).toBe(0)
  }

  async function read(topic: string): Promise<Read[]> {
    const out = await directly(['consume', topic, '--from-beginning', '--until-end', '--json', ...at()])
    return out
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Read)
  }

  const dlq = (...args: string[]) => sluice(['dlq', ...args, ...at()])

  it('lists, shows and puts back, once', async () => {
    const topics = await failed('a\t{"amount":1}\nb\t{"amount":-5}\nc\tno json\nd\t{"amount":-7}\n')
    const { letters } = topics

    const list = await dlq('list', letters)
    expect(list.err).toBe('')
    expect(list.out).toContain(`${letters}: 3 dead letters, 3 waiting, 0 replayed\n`)
    expect(list.out).toMatch(/│ .*map.* │ CALLBACK .*an amount of -5 is below 0 +│ 1 +│ 0 +│/)
    expect(list.out).toMatch(/│ \d:\d+ +│ orders[^ ]*@\d+ +│ .*│ 1 +│ c +│ \d{4}-.*Z │ DESERIALIZE.*│ waiting +│/)

    const wrong = (await read(letters)).find(({ key }) => key === 'b')!
    const id = `${wrong.partition}:${wrong.offset}`
    const shown = await dlq('show', letters, id)
    expect(shown.err).toBe('')
    expect(shown.out).toMatch(new RegExp(`letter +${id}, waiting\\napplication +strict-${topics.input}\\n`))
    expect(shown.out).toMatch(/error +CALLBACK: .*an amount of -5 is below 0\n/)
    expect(shown.out).toMatch(/\nkey +b\n/)
    expect(shown.out).toContain('\nvalue\n{\n  "amount": -5\n}\n')
    expect(shown.out).toMatch(/\nstack\nError: an amount.*\n +at .*strict\.ts/)

    const asked = await dlq('replay', letters)
    expect(asked).toMatchObject({ code: 2, err: expect.stringMatching(/replay 3 to .*--yes/s) as string })

    const replayed = await dlq('replay', letters, '--yes')
    expect(replayed.err).toMatch(/3 of 3 replayed\n$/)
    expect((await dlq('replay', letters, '--yes')).err).toBe('nothing to replay\n')
    expect((await dlq('list', letters)).out).toContain(': 3 dead letters, 0 waiting, 3 replayed\n')
    expect((await dlq('list', letters, '--waiting')).out).toContain(': 0 dead letters')

    // They came back to their partitions, with their keys and values, and where they first lay.
    const before = await read(topics.input)
    const back = before.filter(({ headers }) => headers.some(([header]) => header === 'sluice.origin'))
    expect(back).toHaveLength(3)
    for (const { key, value, partition, headers } of back) {
      const first = before.find(one => one.key === key)!
      expect({ value, partition }).toEqual({ value: first.value, partition: first.partition })
      expect(headers).toEqual([
        ['sluice.origin', `${topics.input}/${first.partition}/${first.offset}`],
        ['sluice.attempt', '2'],
      ])
    }

    // With the rule mended, two pass; the third fails again, as the second attempt of the same record.
    await run(topics, -10)
    const passed = await read(topics.output)
    expect(passed.map(({ value }) => value).toSorted()).toEqual(['{"amount":-5}', '{"amount":-7}', '{"amount":1}'])
    expect(passed.every(({ headers }) => headers.length === 0)).toBe(true)
    const again = (await read(letters)).filter(({ key }) => key === 'c')
    expect(again).toHaveLength(2)
    const [one, two] = again.map(({ headers }) => new Map(headers))
    expect(two!.get('sluice.attempt')).toBe('2')
    expect(two!.get('sluice.origin')).toBe(one!.get('sluice.origin'))
    expect(two!.get('sluice.offset')).not.toBe(one!.get('sluice.offset'))
    expect((await dlq('list', letters)).out).toContain(': 4 dead letters, 1 waiting, 3 replayed\n')
  })

  it('repeats nothing after kill -9 in the middle', async () => {
    // So many that a kill, however late it comes, finds work.
    const many = 2_000
    const lines = Array.from({ length: many }, (_, i) => `key-${i}\t{"amount":${-1 - i}}`)
    const { input, letters } = await failed(`${lines.join('\n')}\n`)
    for (let kills = 0; kills < 3; kills++) {
      const child = start('dlq', 'replay', letters, '--yes', '--batch', '7', ...at())
      child.stdin.end()
      await saying(child, new RegExp(`replayed ${7 * (kills + 2)} of`))
      child.kill('SIGKILL')
      expect((await outcome(child)).signal).toBe('SIGKILL')
    }
    const last = await dlq('replay', letters, '--yes')
    expect(last.code, last.err).toBe(0)
    expect((await dlq('replay', letters, '--yes')).err).toBe('nothing to replay\n')
    const back = (await read(input)).filter(({ headers }) => headers.length > 0).map(({ key }) => key)
    expect(back).toHaveLength(many)
    expect(new Set(back).size).toBe(many)
  })

  // What does not touch the log in another way.
  if (running.length > 0) return

  it('replays some, to where it is told, and notes which', async () => {
    const { letters } = await failed('a\t{"amount":-1}\na\t{"amount":-2}\na\t{"amount":-3}\na\t{"amount":-4}\n')
    const place = (await read(letters))[0]!.partition
    const ids = (await read(letters)).map(({ offset }) => `${place}:${offset}`)
    const other = name('elsewhere')
    await directly(['topics', 'create', other, ...at()])
    const only = [ids[1], ids[3]].join(',')
    expect((await dlq('replay', letters, '--only', only, '--to', other, '--yes')).err).toMatch(/2 of 2 replayed\n$/)
    expect((await dlq('replay', letters, '--only', only, '--yes')).err).toContain(`${ids[1]} was replayed before\n`)
    expect((await read(other)).map(({ value }) => value)).toEqual(['{"amount":-2}', '{"amount":-4}'])
    expect((await dlq('show', letters, ids[1]!)).out).toMatch(/^letter +\d:\d+, replayed\n/)
    expect((await dlq('replay', letters, '--to', other, '--yes')).err).toMatch(/2 of 2 replayed\n$/)
    expect((await read(other)).map(({ value }) => value).toSorted()).toEqual(
      [1, 2, 3, 4].map(amount => `{"amount":-${amount}}`),
    )
    const none = await dlq('replay', letters, '--only', '0:999', '--yes')
    expect(none).toMatchObject({ code: 1, err: expect.stringMatching(/^BAD_ARGUMENT: .*offset 999/) as string })
    expect((await dlq('replay', letters, '--only', 'x', '--yes')).code).toBe(2)
  })

  it('opens an editor on each value; bytes that are no text come back as they were', async () => {
    const bad = Buffer.concat([Buffer.from('a\t{"amount":-5}\nz\t'), Buffer.from([0xff, 0x00, 0x7b, 0x0a])])
    const topics = await failed(Buffer.concat([bad, Buffer.from('k\t{"amount":-9}\n')]))
    const script = join(dir, 'editor.mjs')
    await writeFile(
      script,
      `#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'
const file = process.argv.at(-1)
const text = readFileSync(file, 'utf8')
if (text.includes('-9')) writeFileSync(file, '')
else writeFileSync(file, text.replace('-5', '12345678901234567890'))
`,
    )
    await chmod(script, 0o755)
    process.env['VISUAL'] = `'${script}' --wait`
    const { err, code } = await dlq('replay', topics.letters, '--edit', '--yes')
    delete process.env['VISUAL']
    expect(code, err).toBe(0)
    expect(err).toMatch(/\d:\d+ stays\n/)
    expect(err).toMatch(/2 of 3 replayed\n$/)
    const back = (await read(topics.input)).filter(({ headers }) => headers.length > 0)
    // A number beyond 2^53 is written as it was typed, with the editor's lines.
    const typed = Buffer.from('{\n  "amount": 12345678901234567890\n}').toString('hex')
    expect(back.map(({ key, value }) => `${key} ${value}`).toSorted()).toEqual([`a 0x${typed}`, 'z 0xff007b'])
    expect((await dlq('list', topics.letters)).out).toContain('3 dead letters, 1 waiting, 2 replayed')
  })

  it('$EDITOR, where $VISUAL is empty, leaves a value that ends in a carriage return as it is', async () => {
    const topics = await failed('a\tno json\r\r\nb\tnor this\r\r\n')
    const script = join(dir, 'crlf.mjs')
    await writeFile(
      script,
      `import { readFileSync, writeFileSync } from 'node:fs'
const file = process.argv.at(-1)
const text = readFileSync(file, 'utf8')
if (text.startsWith('nor')) writeFileSync(file, text.replace('nor', 'or'))
`,
    )
    Object.assign(process.env, { VISUAL: ' ', EDITOR: `'${process.execPath}' '${script}'` })
    const { err, code } = await dlq('replay', topics.letters, '--edit', '--yes')
    for (const name of ['VISUAL', 'EDITOR']) delete process.env[name]
    expect(code, err).toBe(0)
    const back = (await read(topics.input)).filter(({ headers }) => headers.length > 0)
    const hex = (text: string): string => `0x${Buffer.from(text).toString('hex')}`
    expect(back.map(({ value }) => value).toSorted()).toEqual([hex('no json\r'), hex('or this\r')])
  })

  it('an interrupt while the editor runs is the editor’s', async () => {
    const topics = await failed('a\tno json\nb\tnor this\n')
    const go = join(dir, 'go')
    const script = join(dir, 'slow.mjs')
    await writeFile(
      script,
      `import { existsSync } from 'node:fs'
console.log('the editor is there')
while (!existsSync('${go}')) await new Promise(resolve => setTimeout(resolve, 20))
`,
    )
    process.env['VISUAL'] = `'${process.execPath}' '${script}'`
    const child = start('dlq', 'replay', topics.letters, '--edit', '--yes', ...at())
    delete process.env['VISUAL']
    const ended = outcome(child)
    await saying(child, /the editor is there/)
    child.kill('SIGINT')
    child.kill('SIGINT')
    // The signal has its time to arrive.
    await new Promise(resolve => setTimeout(resolve, 300))
    await writeFile(go, '')
    expect(await ended).toMatchObject({ code: 0, err: expect.stringMatching(/2 of 2 replayed\n$/) as string })
  })

  it('says what is wrong with the command', async () => {
    expect(await sluice(['dlq'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('usage: sluice dlq list') as string,
    })
    expect((await dlq('list', name('nowhere'))).err).toMatch(/^UNKNOWN_TOPIC: /)
    expect((await dlq('show', 'letters', '17')).code).toBe(2)
    const form = await dlq('show', 'letters', '0:17', '--value', 'xml')
    expect(form).toMatchObject({ code: 2, err: expect.stringContaining('avro:<schema file>') as string })
  })
}

const dir = await scratch()

group('sluice dlq on the embedded log', () => {
  dlqContract({ at: () => ['--log', join(dir, 'log')], name: what => `${what}-${counter++}`, dir })
})

it('shows letters of any time, and gives the terminal no orders that come from data', async () => {
  const place = join(dir, 'orders')
  await directly(['topics', 'create', 'letters', '--log', place])
  const order = '\u001b[2J\u009b31m\u0085\rred'
  const log = await embedded(place).open()
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, ['letters'])
  for (const timestamp of [0, 8.64e15, 8.64e15 + 1]) {
    writer.write(topic('letters', { key: string, value: string }), {
      key: order,
      value: `value ${order}\n`,
      timestamp,
      headers: {
        'sluice.topic': 'in',
        'sluice.partition': '0',
        'sluice.offset': '7',
        'sluice.operator': `map${order}`,
        'sluice.code': 'CALLBACK',
        'sluice.error': `no ${order}`,
        'sluice.stack': `Error: ${order}\n    at x`,
        own: order,
      },
    })
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
  await log.close()
  const list = await sluice(['dlq', 'list', 'letters', '--log', place])
  expect(list).toMatchObject({ code: 0, err: '' })
  for (const time of ['1970-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '8640000000000001']) {
    expect(list.out).toContain(time)
  }
  expect(list.out).toContain('CALLBACK no \\u001b[2J\\u009b31m\\u0085')
  const show = (...forms: string[]) => sluice(['dlq', 'show', 'letters', '0:2', ...forms, '--log', place])
  const shown = [await show(), await show('--value', 'string', '--key', 'string')]
  for (const { out, err } of shown) {
    expect(err).toBe('')
    expect(out).toMatch(/timestamp +8640000000000001\n/)
    expect(out).toContain('Error: \\u001b[2J\\u009b31m\\u0085\\u000dred\n    at x\n')
  }
  expect(shown[1]!.out).toContain('\nvalue\nvalue \\u001b[2J')
  for (const { out } of [list, ...shown]) expect(out).not.toMatch(/[^\P{Cc}\n]/u)
  const consumed = await directly(['consume', 'letters', '--from-beginning', '--log', place])
  expect(consumed).not.toMatch(/[\u0080-\u009f]/)
})

describeKafka('sluice dlq on Kafka', kafka => {
  const at = (): string[] => ['--brokers', kafka.brokers.join(',')]
  dlqContract({ at, name: what => kafka.name(what), running: ['--state-dir', join(dir, 'state')], dir })

  it('puts back what it asked about, and nothing that came while it asked', async () => {
    const [letters, orders, payments] = ['letters', 'orders', 'payments'].map(what => kafka.name(what))
    await directly(['topics', 'create', letters!, orders!, payments!, '--partitions', '2', ...at()])
    const log = await kafkaLog({ brokers: [...kafka.brokers] }).open()
    onTestFinished(() => log.close())
    const text = (name: string) => topic(name, { key: string, value: string })
    const fail = (from: string): Promise<void> =>
      writeRecords(log, [letters!], writer => {
        for (const partition of [0, 1]) {
          const headers = { 'sluice.topic': from, 'sluice.partition': '0', 'sluice.offset': '7' }
          writer.write(text(letters!), { key: from, value: from, partition, headers })
        }
      })
    await fail(orders!)
    const said: string[] = []
    const stdin = Object.assign(new PassThrough(), { isTTY: true })
    const stdout = new PassThrough()
    stdout.once('data', () => void fail(payments!).then(() => stdin.write('y\n')))
    const { signal } = new AbortController()
    await replay([letters!, ...at()], { stdin, stdout, say: line => void said.push(line), signal })
    expect(said.at(-1)).toBe('2 of 2 replayed')
    const keys = async (): Promise<string[]> => {
      const found: string[] = []
      for (const name of [orders!, payments!])
        for await (const { key } of readRecords(log, text(name))) found.push(key!)
      return found
    }
    // Kafka shows what is committed a moment after it has said so.
    await expect.poll(keys, { timeout: 10_000 }).toEqual([orders, orders])
    const list = await sluice(['dlq', 'list', letters!, ...at()])
    expect(list.out).toContain(': 4 dead letters, 2 waiting, 2 replayed')
  })
})

let counter = 0
