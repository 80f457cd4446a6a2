import { describe, expect, it } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import type { ProcessorContext } from '../../src/processor.js'
import { driven } from '../testing/driven.js'
import { counts, out, read, words } from './words.js'

describe('process refuses', () => {
  const begin = () => {
    const p = pipeline('app')
    return { p, stream: p.stream(words) }
  }

  it('a store that nobody added', () => {
    const { p, stream } = begin()
    stream.process(() => () => {}, { stores: ['nowhere'] })
    expect(() => p.lower()).toThrow(
      /BAD_TOPOLOGY: there is no store "nowhere".*store nowhere.*process-refuses\.test\.ts.*addStore/s,
    )
  })

  it('a store that no processor uses', () => {
    const { p, stream } = begin()
    p.addStore(counts)
    stream.to(topic('out', { key: string, value: string }))
    expect(() => p.lower()).toThrow(/no processor uses the store "counts".*process-refuses\.test\.ts/s)
  })

  it('two stores of one name', () => {
    const { p } = begin()
    p.addStore(counts)
    expect(() => p.addStore(counts)).toThrow(
      /BAD_TOPOLOGY: two stores would have the name "counts".*process-refuses\.test\.ts/s,
    )
  })

  it('a processor in place of a function that makes one', () => {
    const { stream } = begin()
    expect(() => stream.process({ process() {} } as never)).toThrow(/BAD_ARGUMENT.*needs a function that makes/s)
    expect(() => stream.process(undefined as never)).toThrow(/BAD_ARGUMENT.*needs a function/s)
  })

  it.each([
    ['nothing', () => undefined],
    ['an object without process', () => ({ init() {} })],
  ])('%s from the function', async (_, factory) => {
    const { p, stream } = begin()
    stream.process(factory as never)
    await expect(driven(p)).rejects.toThrow(
      /BAD_ARGUMENT.*answered none.*operator words\.process.*process-refuses\.test\.ts/s,
    )
  })

  it('a store that the processor did not declare', async () => {
    const { p, stream } = begin()
    p.addStore(counts)
    stream.process(() => () => {}, { stores: [counts] })
    stream.process(context => () => void context.store(counts).get('a'))
    const driver = await driven(p)
    await expect(driver.input(words).send('k', 'a')).rejects.toThrow(
      /UNKNOWN_STORE.*"counts" without having declared it.*topic words, partition 0, offset 0.*process-refuses\.test\.ts.*stores: \['counts'\]/s,
    )
  })

  it.each([
    [
      'init that throws',
      () => ({
        init: () => {
          throw new Error('no')
        },
        process() {},
      }),
      /CALLBACK: init of the processor threw: no.*process-refuses\.test/s,
    ],
    [
      'an init that rejects',
      () => ({
        init: async () => {
          throw new Error('no')
        },
        process() {},
      }),
      /CALLBACK: init of the processor threw: no/,
    ],
    [
      'a factory that throws',
      () => {
        throw new Error('no')
      },
      /CALLBACK: the function that makes the processor threw: no/,
    ],
    [
      'an init that forwards',
      (context: any) => ({ init: () => context.forward('a', 'b'), process() {} }),
      /CALLBACK: forward\(\) was called in init/,
    ],
    [
      'a timer every 0 ms',
      (context: any) => ({ init: () => context.schedule('wall-clock', 0, () => {}), process() {} }),
      /BAD_DURATION/,
    ],
    [
      'a timer on a clock that is none',
      (context: any) => ({ init: () => context.schedule('wall-clok', 5, () => {}), process() {} }),
      /BAD_ARGUMENT: schedule\(\) on 'wall-clok' \(operator words\.process.*'wall-clock'/s,
    ],
  ] as [string, any, RegExp][])('%s, at the start', async (_, factory, message) => {
    const { p, stream } = begin()
    stream.process(factory)
    await expect(driven(p)).rejects.toThrow(message)
  })

  it.each([
    [
      'a process that throws',
      () => () => {
        throw new Error('no')
      },
      /CALLBACK: the function threw: no.*topic words, partition 0, offset 0, operator words\.process/s,
    ],
    [
      'an asynchronous one that rejects',
      () => async () => {
        throw new Error('no')
      },
      /CALLBACK: the function threw: no.*offset 0/s,
    ],
    [
      'an unknown output',
      (context: any) => () => context.forward('k', 'v', { to: 'x' }),
      /BAD_ARGUMENT: forward\(\) to "x", which is no output/,
    ],
    [
      'an undefined value',
      (context: any) => () => context.forward('k', undefined),
      /CALLBACK: forward\(\) with an undefined value/,
    ],
    [
      'a negative timestamp',
      (context: any) => () => context.forward('k', 'v', { timestamp: -1 }),
      /CALLBACK: forward\(\) with the timestamp -1/,
    ],
  ] as [string, any, RegExp][])('%s, at the record', async (_, factory, message) => {
    const { p, stream } = begin()
    stream.process(factory)
    const driver = await driven(p)
    await expect(driver.input(words).send('k', 'a')).rejects.toThrow(message)
  })

  it('to forward when nothing is being processed', async () => {
    const { p, stream } = begin()
    let late: ProcessorContext<string, string> | undefined
    stream
      .process<string, string>(context => () => void (late = context))
      .to(topic('out', { key: string, value: string }))
    const driver = await driven(p)
    await driver.input(words).send('k', 'a')
    expect(() => late!.forward('k', 'v')).toThrow(/CALLBACK: forward\(\) was called while nothing was being processed/)
  })

  it('a timer of processValues that forwards', async () => {
    const { p, stream } = begin()
    stream
      .processValues<string>(context => {
        context.schedule('wall-clock', 10, () => context.forward('v'))
        return () => {}
      })
      .to(topic('out', { key: string, value: string }))
    const driver = await driven(p)
    await expect(driver.advance(10)).rejects.toThrow(/CALLBACK: processValues\(\) forwarded in a timer/)
  })

  it('to let a processor catch what an operator below it threw', async () => {
    const p = pipeline('app', { value: json() })
    p.stream(words)
      .process<string, string>(context => (value, key) => {
        try {
          void context.forward(key, value)
        } catch {
          // Swallowed here, and told all the same.
        }
      })
      .skip()
      .map((): string => {
        throw new Error('below')
      })
      .to(out)
    const driver = await driven(p)
    await expect(driver.input(words).send('k', 'a')).rejects.toThrow(/the function threw: below.*operator words\.map/s)
  })

  it('nothing where skip() covers it: the record is left out, and counted', async () => {
    const p = pipeline('app')
    p.stream(words)
      .process<string, string>(context => (value, key) => {
        if (value === 'bad') throw new Error('bad')
        return context.forward(key, value)
      })
      .skip()
      .to(out)
    const driver = await driven(p)
    for (const word of ['a', 'bad', 'b']) await driver.input(words).send('k', word)
    expect(read(driver).map(([, value]) => value)).toEqual(['a', 'b'])
    expect(driver.counters).toMatchObject({ 'skipped{words.process}': 1 })
  })
})
