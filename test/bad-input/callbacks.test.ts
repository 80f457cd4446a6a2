import { describe, expect, it } from 'vitest'
import { json, long, store, string, topic, tumbling, type Pipeline } from '../../dsl/index.js'
import type { TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'
import { made } from './refusal.js'

const input = topic('input', { key: string, value: string })
const output = topic('output', { key: string, value: json() })
const seen = store('seen', { key: string, value: long })

/** A line of this file: that of the user's chain. */
const here = /callbacks\.test\.ts:\d+:\d+/

async function running(write: (p: Pipeline) => unknown): Promise<TestDriver> {
  return driven(made(write))
}

/** A rejection that nobody looks at ends the process. */
const unheard = () => Promise.reject(new Error('unheard')) as never
const thrown = (what: unknown): never => {
  throw what
}
const failing = (p: Pipeline) => p.stream(input).map(() => thrown(new Error('no')))
const grouped = (p: Pipeline) => p.stream(input).groupByKey()

describe('what only a record can show stops the pipeline, with the record and the line of the chain', () => {
  it.each<[string, RegExp, (p: Pipeline) => unknown]>([
    [
      'an aggregate that answers undefined',
      /CALLBACK: the function answered undefined instead of an aggregate.*return the new aggregate/s,
      p =>
        grouped(p).aggregate(
          (): string[] => [],
          (all, value) => void all.push(value) as never,
          { as: 'all' },
        ),
    ],
    [
      'an aggregate that begins with undefined',
      /CALLBACK: the function answered undefined/,
      p =>
        grouped(p).aggregate(
          () => undefined,
          all => all,
          { as: 'all' },
        ),
    ],
    [
      'an aggregate over windows that answers undefined',
      /CALLBACK: the function answered undefined/,
      p =>
        grouped(p)
          .windowedBy(tumbling('1m'))
          .aggregate(
            () => 0,
            () => undefined as never,
            { as: 'all' },
          ),
    ],
    [
      'an aggregate that answers a promise',
      /CALLBACK: the function answered a promise/,
      p =>
        grouped(p).aggregate(
          (): unknown => 0,
          async () => 1,
          { as: 'all' },
        ),
    ],
    [
      'a store that a processor did not declare',
      /UNKNOWN_STORE: .*"seen".*stores/s,
      p => {
        p.addStore(seen)
        p.stream(input).process(() => () => {}, { stores: [seen] })
        p.stream(input).process(context => () => void context.store(seen))
      },
    ],
    ...[-1, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined].map(
      (answer): [string, RegExp, (p: Pipeline) => unknown] => [
        `a timestamp extractor that answers ${String(answer)}`,
        new RegExp(`CALLBACK: the timestamp extractor answered ${String(answer)}.*answer milliseconds`, 's'),
        p => p.stream(input, { timestamp: () => answer as never }).to(output),
      ],
    ),
    [
      'a timestamp extractor whose answer is a promise',
      /CALLBACK: the function answered a promise.*make the function synchronous/s,
      p => p.stream(input, { timestamp: () => Promise.reject(new Error('unheard')) as never }).to(output),
    ],
    [
      'a timestamp extractor that throws',
      /CALLBACK: the function threw: .*no time/,
      p =>
        p
          .stream(input, {
            timestamp: () => {
              throw new Error('no time')
            },
          })
          .to(output),
    ],
    [
      'a timestamp extractor that throws undefined',
      /CALLBACK: the function threw: undefined/,
      p => p.stream(input, { timestamp: () => thrown(undefined) }).to(output),
    ],
    [
      'a partitioner that throws',
      /CALLBACK: the partitioner threw: nowhere .*mend the function/s,
      p => p.stream(input).to(output, { partitioner: () => thrown(new Error('nowhere')) }),
    ],
    [
      'a partitioner that answers a promise',
      /CALLBACK: the function answered a promise/,
      p => p.stream(input).to(output, { partitioner: unheard }),
    ],
    [
      'a dedupe by a promise',
      /CALLBACK: the function answered a promise/,
      p => p.stream(input).dedupe({ by: unheard, within: '1m' }).to(output),
    ],
    [
      'a retry that would have to wait to know whether another attempt may help',
      /CALLBACK: the function answered a promise/,
      p => failing(p).retry({ attempts: 2, on: unheard }).to(output),
    ],
    [
      'the same of calls',
      /CALLBACK: the function answered a promise/,
      p =>
        p
          .stream(input)
          .mapAsync(() => thrown(new Error('no')))
          .retry({ attempts: 2, on: unheard })
          .to(output),
    ],
    [
      'a retry whose wait is a promise',
      /CALLBACK: the function answered a promise/,
      p => failing(p).retry({ attempts: 2, backoff: unheard }).to(output),
    ],
  ])('%s', async (_, message, write) => {
    const driver = await running(write)
    const sending = driver.input(input).send('k', 'x')
    await expect(sending).rejects.toThrow(message)
    await expect(sending).rejects.toThrow(here)
    await expect(sending).rejects.toMatchObject({ place: { topic: 'input', partition: 0, offset: 0 } })
  })
})

it('a reducer that answers undefined stops the pipeline at the second value of a key', async () => {
  const driver = await running(p => grouped(p).reduce(() => undefined as never, { as: 'all' }))
  await driver.input(input).send('k', 'x')
  const sending = driver.input(input).send('k', 'y')
  await expect(sending).rejects.toThrow(/CALLBACK: the function answered undefined.*callbacks\.test\.ts:\d+:\d+/s)
  await expect(sending).rejects.toMatchObject({ place: { topic: 'input', offset: 1 } })
})
