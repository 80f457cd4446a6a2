import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as soon } from 'node:timers/promises'
import { embedded } from 'sluice'
import { beforeAll, expect, it, describe as group } from 'vitest'
import { produce } from '../../src/cli/commands/produce.js'
import { describeKafka } from '../kafka/shared.js'
import { directly, outcome, saying, scratch, sluice, start, type Outcome } from './shell.js'

interface Place {
  /** The options that name the log. */
  readonly at: () => readonly string[]
  /** A name that no other test uses. */
  readonly name: (what: string) => string
}

/** The same commands, as typed, on both logs. */
function shellContract({ at, name }: Place): void {
  it('takes lines that end as on Windows', async () => {
    const topic = name('windows')
    await sluice(['topics', 'create', topic, ...at()])
    await sluice(['produce', topic, ...at()], 'ada\tlovelace\r\n\r\nr\tin\rside\r\ngrace\thopper\r')
    const read = await sluice(['consume', topic, '--from-beginning', '--until-end', '--json', ...at()])
    const records = read.out
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as Record<'key' | 'value', string>)
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['ada', 'lovelace'],
      [null, ''],
      ['r', `0x${Buffer.from('in\rside').toString('hex')}`],
      ['grace', 'hopper'],
    ])
  })

  it('creates, fills, reads, describes and deletes topics', async () => {
    const photos = [0, 1, 2].map(i => name(`photos-${i}`))
    // The first one is named twice, and made once.
    const named = [...photos, photos[0]!]
    const create = ['topics', 'create', ...named, '--partitions', '10', '--replication-factor', '1', ...at()]
    expect(await sluice(create)).toMatchObject({
      code: 0,
      err: photos.map(p => `created ${p}, 10 partitions\n`).join(''),
    })

    const again = await sluice(create)
    expect(again.code).toBe(1)
    expect(again.err).toMatch(/^TOPIC_EXISTS: .*photos-0/)
    expect((await sluice([...create, '--if-not-exists'])).code).toBe(0)

    const list = await sluice(['topics', 'list', ...at()])
    expect(list.out.split('\n')).toEqual(expect.arrayContaining(photos))

    const [topic] = photos as [string]
    const lines = ['ada\tlovelace', 'grace\thopper', 'no key here', 'ada\tbyron', 'empty\t', 'two\ttabs\there']
    const produced = await sluice(['produce', topic, ...at()], `${lines.join('\n')}\nlast\tline without end`)
    expect(produced).toMatchObject({ code: 0, err: `7 records written to ${topic}\n` })

    const read = await sluice(['consume', topic, '--from-beginning', '--until-end', ...at()])
    expect(read.code).toBe(0)
    const printed = read.out.split('\n').slice(0, -1)
    expect(printed.toSorted()).toEqual([...lines, 'last\tline without end'].toSorted())
    // One key, one partition: in the order they were written.
    expect(printed.filter(line => line.startsWith('ada'))).toEqual(['ada\tlovelace', 'ada\tbyron'])

    const some = await sluice(['consume', topic, '--from-beginning', '--max', '2', ...at()])
    expect(some.out.split('\n')).toHaveLength(3)

    const json = await sluice(['consume', '--topic', topic, '--from-beginning', '--until-end', '--json', ...at()])
    const records = json.out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(records).toContainEqual(expect.objectContaining({ topic, key: null, value: 'no key here', headers: [] }))
    expect(records).toContainEqual(expect.objectContaining({ key: 'empty', value: '' }))

    const described = await sluice(['topics', 'describe', topic, ...at()])
    expect(described.out).toContain(`${topic}: 10 partitions, replication factor 1, id `)
    const ends = Array.from(described.out.matchAll(/partition \d+: offsets 0 to (\d+)/g), m => Number(m[1]))
    expect(ends).toHaveLength(10)
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(7)

    expect((await sluice(['topics', 'delete', ...photos, ...at()])).code).toBe(0)
    const gone = await sluice(['consume', topic, '--from-beginning', ...at()])
    expect(gone.err).toMatch(new RegExp(`^UNKNOWN_TOPIC: topic "${topic}" does not exist`))
    expect(gone.code).toBe(1)
  })

  it('refuses more replicas than there are brokers', async () => {
    const create = ['topics', 'create', name('photos'), '--partitions', '10', '--replication-factor', '3']
    const { code, err } = await sluice([...create, ...at()])
    expect(code).toBe(1)
    expect(err).toMatch(/^REPLICATION: /)
    expect(err).toContain('→')
  })

  it('names topics that do not exist', async () => {
    const topic = name('nowhere')
    for (const args of [
      ['produce', topic],
      ['topics', 'delete', topic],
      ['topics', 'describe', topic],
    ]) {
      const { code, err } = await sluice([...args, ...at()], 'a\tb\n')
      expect(err).toMatch(/^UNKNOWN_TOPIC: /)
      expect(err).toContain(topic)
      expect(code).toBe(1)
    }
    expect((await sluice(['topics', 'delete', topic, '--if-exists', ...at()])).code).toBe(0)
  })

  it('keeps bytes as they are, and shows in hexadecimal what is no text', async () => {
    const topic = name('bytes')
    await directly(['topics', 'create', topic, ...at()])
    await sluice(['produce', topic, ...at()], Buffer.from([0x6b, 0x09, 0xff, 0x00, 0x0a, 0xc3, 0xa4, 0x0a]))
    const { out } = await sluice(['consume', topic, '--from-beginning', '--until-end', ...at()])
    expect(out).toBe('k\t0xff00\nä\n')
  })

  it('ends quietly when nobody reads its output any more', async () => {
    const topic = name('many')
    await directly(['topics', 'create', topic, ...at()])
    const lines = Array.from({ length: 50_000 }, (_, i) => `key-${i}\tsome value of a moderate length, number ${i}`)
    await directly(['produce', topic, ...at()], lines.join('\n'))
    const child = start('consume', topic, '--from-beginning', ...at())
    child.stdout.once('data', () => child.stdout.destroy())
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(err).toBe('')
    expect(code).toBe(0)
  })
}

it('writes no half of a line when it is interrupted', async () => {
  const log = join(await scratch(), 'log')
  await directly(['topics', 'create', 'typed', '--log', log])
  const stdin = new PassThrough()
  const stop = new AbortController()
  const said: string[] = []
  const context = { stdin, stdout: new PassThrough(), say: (line: string) => said.push(line), signal: stop.signal }
  const produced = produce.run(['typed', '--log', log], context)
  stdin.write('a\tone\nb\ttw')
  // In the hands of the command, which waits for more.
  while (stdin.readableLength > 0 || stdin.listenerCount('readable') === 0) await soon()
  stop.abort()
  await produced
  expect(said).toEqual(['1 record written to typed'])
  expect(await directly(['consume', 'typed', '--from-beginning', '--log', log])).toBe('a\tone\n')
})

group('on the embedded log', async () => {
  const dir = await scratch()
  shellContract({ at: () => ['--log', dir], name: what => `${what}-${counter++}` })

  it('says who holds the directory', async () => {
    const held = join(dir, 'held')
    const holder = await embedded(held).open()
    const { code, err } = await sluice(['topics', 'list', '--log', held])
    await holder.close()
    expect(err).toMatch(/^STATE_LOCKED: /)
    expect(err).toContain(held)
    expect(code).toBe(1)
    expect((await sluice(['topics', 'list', '--log', held])).code).toBe(0)
  })

  it('does not wait for what cannot come', async () => {
    await directly(['topics', 'create', 'quiet', '--log', dir])
    expect(await sluice(['consume', 'quiet', '--from-beginning', '--log', dir])).toMatchObject({ code: 0, out: '' })
    const { code, err } = await sluice(['consume', 'quiet', '--log', dir])
    expect(code).toBe(2)
    expect(err).toContain('--from-beginning')
  })
})

describeKafka('on Kafka', kafka => {
  let unanswered: Promise<Outcome>
  // It gives up after ten seconds: beside the other tests.
  beforeAll(() => {
    unanswered = sluice(['topics', 'list', '--brokers', '127.0.0.1:1'])
  })
  shellContract({ at: () => ['--bootstrap-server', kafka.brokers.join(',')], name: what => kafka.name(what) })

  it('stops following a topic at SIGINT', async () => {
    const topic = kafka.name('live')
    await directly(['topics', 'create', topic, '--brokers', kafka.brokers.join(',')])
    await directly(['produce', topic, '--brokers', kafka.brokers.join(',')], 'a\t1\n')
    const child = start('consume', topic, '--from-beginning', '--brokers', kafka.brokers.join(','))
    await saying(child, /a\t1\n/)
    child.kill('SIGINT')
    expect(await outcome(child)).toMatchObject({ code: 0, err: '' })
  })

  it('says that nobody answers', async () => {
    const { code, err } = await unanswered
    expect(err).toMatch(/^BROKER: /)
    expect(err).toContain('127.0.0.1:1')
    expect(code).toBe(1)
  })
})

let counter = 0
