import { embedded, kafka, memory, type Clock, type LogConfig } from 'sluice'
import { describe, expect, it } from 'vitest'
import { counting } from './fixtures/counting.js'

const brokers = ['127.0.0.1:1']
const starting = (log: LogConfig, module?: null) => counting('options', module).start({ log, threads: 2 })

describe('several threads are refused', () => {
  it('without the module that gives the pipeline', async () => {
    await expect(starting(kafka({ brokers }), null)).rejects.toThrow(
      /BAD_TOPOLOGY[^]*pipeline\('options', \{ module: import\.meta\.url \}\)/,
    )
  })

  it('on logs that have one owner', async () => {
    await expect(starting(memory())).rejects.toThrow(/UNSUPPORTED: .*the memory log has one owner[^]*kafka\(/)
    await expect(starting(embedded('/nowhere'))).rejects.toThrow(/UNSUPPORTED: .*the embedded log has one owner/)
    await expect(starting(embedded('/nowhere'), null)).rejects.toThrow(/UNSUPPORTED: .*the embedded log has one owner/)
    const open = counting('options').start({ log: await memory().open(), threads: 2 })
    await expect(open).rejects.toThrow(/UNSUPPORTED/)
  })

  it.each([
    [
      'brokers',
      kafka({ brokers: () => brokers }),
      /kafka\(\{ brokers \}\) .*cannot be sent[^]*the addresses themselves/,
    ],
    [
      'ssl',
      kafka({ brokers, ssl: { checkServerIdentity: () => undefined } }),
      /kafka\(\{ ssl \}\)[^]*leave out threads/,
    ],
    ['logCreator', kafka({ brokers, logCreator: () => () => {} }), /kafka\(\{ logCreator \}\)/],
  ])('with %s that cannot be sent to them', async (_, log, message) => {
    await expect(starting(log)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringMatching(message) })
  })

  it('with a clock of their own', async () => {
    const clock: Clock = { now: () => 0, after: () => () => {} }
    const start = counting('options').start({ log: kafka({ brokers }), threads: 2, clock })
    await expect(start).rejects.toThrow(/UNSUPPORTED: a clock/)
  })

  it.each([0, 1.5, -1, NaN])('when there are %s', async threads => {
    await expect(counting('options').start({ log: memory(), threads })).rejects.toThrow(/BAD_ARGUMENT: threads/)
  })
})
