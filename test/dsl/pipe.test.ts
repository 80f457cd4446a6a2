import { EMPTY, concatMap, delay, filter, from, map, mergeMap, of, scan, throwError, timer, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import type { DriverOptions } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'

const lines = topic('lines', { key: string, value: string })
const out = topic('out', { key: string, value: json<unknown>() })

async function values(p: Pipeline, sent: readonly string[], options: DriverOptions = {}): Promise<unknown[]> {
  const driver = await driven(p, options)
  for (const [i, line] of sent.entries()) await driver.input(lines).send('k', line, { timestamp: i })
  return driver
    .output(out)
    .read()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
}

describe('pipe', () => {
  it('sends each value through RxJS operators, under its key and at its time', async () => {
    const p = pipeline('app')
    p.stream(lines)
      .pipe(
        mergeMap(line => from(line.split(' '))),
        filter(word => word !== 'the'),
        map(word => word.length),
      )
      .to(out)
    expect(await values(p, ['the quick fox', 'the', 'dog'])).toEqual([
      ['k', 5, 0],
      ['k', 3, 0],
      ['k', 3, 2],
    ])
  })

  it('keeps nothing between records, so that a restart changes nothing', async () => {
    const p = () => {
      const made = pipeline('app')
      made
        .stream(lines)
        .pipe(
          scan((sum, line) => sum + line.length, 0),
          toArray(),
        )
        .to(out)
      return made
    }
    const once = await values(p(), ['a', 'bb', 'ccc'])
    expect(once.map(each => (each as unknown[])[1])).toEqual([[1], [2], [3]])
    expect(await values(p(), ['a', 'bb', 'ccc'], { restartEvery: 1 })).toEqual(once)
  })

  it('waits for asynchronous operators, record by record', async () => {
    const p = pipeline('app')
    p.stream(lines)
      .pipe(
        concatMap(line => timer(line === 'slow' ? 20 : 0).pipe(map(() => line))),
        delay(1),
        concatMap(line => of(line, line)),
      )
      .to(out)
    expect((await values(p, ['slow', 'b'])).map(each => (each as unknown[])[1])).toEqual(['slow', 'slow', 'b', 'b'])
  })

  it('forwards nothing of a record that fails', async () => {
    const p = pipeline('app')
    p.stream(lines)
      .pipe(
        mergeMap(line =>
          line === 'bad' ? from([line]).pipe(concatMap(() => throwError(() => new Error('no')))) : of(line),
        ),
        mergeMap(line => (line === 'none' ? EMPTY : of(line))),
      )
      .skip()
      .to(out)
    expect((await values(p, ['a', 'bad', 'none', 'b'])).map(each => (each as unknown[])[1])).toEqual(['a', 'b'])
  })

  it('stops the pipeline with the place of what threw', async () => {
    const p = pipeline('app')
    p.stream(lines)
      .pipe(
        map((): string => {
          throw new Error('no')
        }),
      )
      .to(out)
    await expect(values(p, ['a'])).rejects.toThrow(
      /CALLBACK: the function threw: no \(topic lines, partition 0, offset 0, operator lines\.pipe, at test\/dsl\/pipe\.test\.ts/,
    )
    const q = pipeline('app')
    q.stream(lines)
      .pipe(map(() => undefined))
      .to(out)
    await expect(values(q, ['a'])).rejects.toThrow(/CALLBACK: an operator of pipe\(\) emitted undefined/)
  })

  it('refuses to have no operator, or something else', () => {
    const stream = pipeline('app').stream(lines)
    expect(() => (stream.pipe as () => unknown)()).toThrow(/BAD_ARGUMENT: pipe\(\) has no operator.*pipe\.test\.ts/s)
    expect(() => stream.pipe(5 as never)).toThrow(/BAD_ARGUMENT: pipe\(\) needs a function/)
  })
})
