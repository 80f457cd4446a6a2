import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type Broker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { MainJob } from './main-job.js'

const right = [
  '✔ finished-imports holds each of 6,901 imports exactly once, with the right count',
  '✔ the store completed-jobs equals a plain loop over the file',
].join('\n')

async function expectRight(job: MainJob): Promise<void> {
  expect(await job.ended, job.output).toEqual({ code: 0, signal: null })
  expect(job.output).toContain(right)
}

// test/faults kills it around its commits; here it is the program that a user starts.
describe('the main job', () => {
  it('counts 20,000 flights; killed and run again it goes on, and does nothing twice', async () => {
    const dir = join(await temporaryDirectory(), 'log')
    for (const moment of [/flights are/, /writing/, /counting/]) {
      const killed = new MainJob('--log', dir)
      await killed.printed(moment)
      killed.signal('SIGKILL')
      await killed.ended
    }
    const first = new MainJob('--log', dir)
    await expectRight(first)
    expect(first.output).toContain('20,000 flights are the jobs of 6,901 imports')
    expect(first.output).toContain('│ DFW    │ 2001-03-09 │             21 │')
    expect(first.output).toContain(`state lie in ${dir}`)

    const again = new MainJob('--log', dir)
    await expectRight(again)
    expect(again.output).toMatch(/counting .* · 0 records · 0 records\/s · lag 0\n/)
  })

  it('stops at SIGINT, and goes on later', async () => {
    const dir = join(await temporaryDirectory(), 'log')
    const stopped = new MainJob('--log', dir)
    await stopped.printed(/writing/)
    stopped.signal('SIGINT')
    expect((await stopped.ended).code, stopped.output).toBe(0)
    expect(stopped.output).toContain('stopped and committed')
    await expectRight(new MainJob('--log', dir))
  })

  it('refuses another data set on the same log, and options that make no sense', async () => {
    const dir = join(await temporaryDirectory(), 'log')
    await expectExit(0, /2,000 flights/, '--flights', '2k', '--log', dir)
    await expectExit(1, /the topics hold --flights 2k/, '--flights', '20k', '--log', dir)
    await expectExit(2, /--flights is one of 2k, 20k, 200k, 3m/, '--flights', 'all')
    await expectExit(2, /exclude each other/, '--log', dir, '--brokers', 'host:9092')
    await expectExit(2, /--commit-interval is a number/, '--commit-interval', 'soon')
    await expectExit(2, /Unknown option '--fast'/, '--fast')
  })
})

describeOwnKafka('the main job on Kafka', () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.stop())

  it('is finished by one instance when the other dies while it writes the input', { timeout: 120_000 }, async () => {
    const dir = await temporaryDirectory()
    const at = ['--brokers', broker.brokers.join(), '--state-dir']
    const dies = new MainJob(...at, join(dir, 'dies'))
    await dies.printed(/writing/)
    const stays = new MainJob(...at, join(dir, 'stays'))
    await stays.printed(/flights are/)
    dies.signal('SIGKILL')
    await expectRight(stays)
    await expectRight(new MainJob(...at, join(dir, 'third')))
  })
})

async function expectExit(code: number, output: RegExp, ...args: string[]): Promise<void> {
  const job = new MainJob(...args)
  expect((await job.ended).code, job.output).toBe(code)
  expect(job.output).toMatch(output)
}
