import { describe, expect, onTestFinished, test } from 'vitest'
import { embedded, json, memory, pipeline, type Log } from '../../dsl/index.js'
import { temporaryDirectory } from '../log/temporary.js'
import { read, texts, write } from '../patterns/helpers.js'

function contract(open: () => Promise<Log>): void {
  test('a join of streams whose window has changed is refused; its grace may change', async () => {
    const log = await open()
    onTestFinished(() => log.close())
    await log.topics.create(['left', 'right', 'out'].map(name => ({ name, partitions: 1 })))
    const stateDir = await temporaryDirectory()
    const run = async (within: '10s' | '100s', grace: '1h' | '2h') => {
      const app = pipeline('app', { value: json() })
      app
        .stream(texts('left'))
        .join(app.stream(texts('right')), (left, right) => `${left} ${right}`, { within, grace, as: 'pairs' })
        .to(texts('out'))
      const running = await app.start({ log, stateDir })
      await running.drained()
      await running.close()
    }
    await write(log, [{ topic: 'left', key: 'a', value: 'one', timestamp: 41_000 }])
    await run('100s', '1h')
    await write(log, [{ topic: 'right', key: 'a', value: 'two', timestamp: 50_000 }])
    await expect(run('10s', '1h')).rejects.toMatchObject({
      code: 'BAD_TOPOLOGY',
      hint: expect.stringContaining('sluice reset') as unknown,
    })
    await run('100s', '2h')
    expect((await read(log, 'out')).map(({ value }) => value)).toEqual(['one two'])
  })
}

describe('a changed join, on the memory log', () => contract(() => memory().open()))

describe('a changed join, on the embedded log', () => contract(async () => embedded(await temporaryDirectory()).open()))
