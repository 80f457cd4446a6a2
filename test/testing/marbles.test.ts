import { describe, expect, it } from 'vitest'
import { int64, json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { marbles, type TestDriver } from '../../src/testing/index.js'
import { driven } from './driven.js'
import { drawMarbles, parseMarbles } from '../../src/testing/marble-diagram.js'

const letters = topic('letters', { key: string, value: string })
const others = topic('others', { key: string, value: string })
const out = topic('out', { key: string, value: json<unknown>() })
const echo = topic('echo', { key: string, value: string })

async function run(p: Pipeline): Promise<TestDriver> {
  return driven(p, { now: 1000, restartEvery: false })
}

function delayed() {
  const p = pipeline('app')
  p.stream(letters)
    .merge(p.stream(others))
    .process<string, unknown>(context => {
      let last: string | undefined
      context.schedule('wall-clock', '1s', now =>
        last === undefined ? undefined : context.forward('late', [last, now]),
      )
      return (value, key) => {
        last = value
        return value === 'z' ? context.forward(key, 'now') : undefined
      }
    })
    .to(out)
  return p
}

describe('a diagram', () => {
  it.each([
    [
      '--a-b--|',
      [
        [2, 'a'],
        [4, 'b'],
      ],
      7,
    ],
    [
      '(ab)c',
      [
        [0, 'a'],
        [0, 'b'],
        [4, 'c'],
      ],
      5,
    ],
    [
      'a 10ms b',
      [
        [0, 'a'],
        [11, 'b'],
      ],
      12,
    ],
    ['1.5s a', [[1500, 'a']], 1501],
    [
      ' a b ',
      [
        [0, 'a'],
        [1, 'b'],
      ],
      2,
    ],
    ['-(a|)', [[1, 'a']], 1],
    [
      'a2s',
      [
        [0, 'a'],
        [1, '2'],
        [2, 's'],
      ],
      3,
    ],
    ['', [], 0],
  ] as const)('%j', (diagram, expected, end) => {
    const parsed = parseMarbles(diagram, 1)
    expect(parsed.marbles.map(({ frame, letter }) => [frame, letter])).toEqual(expected)
    expect(parsed.end).toBe(end)
  })

  it('has frames of any length', () => {
    expect(parseMarbles('-a 1s b', 100).marbles).toEqual([
      { frame: 100, letter: 'a' },
      { frame: 1200, letter: 'b' },
    ])
  })

  it.each(['a#', '(a', 'a)', '((a))', 'a|b', 'a^'])('%j cannot be read', diagram => {
    expect(() => parseMarbles(diagram, 1)).toThrow(/BAD_ARGUMENT: the diagram .* cannot be read at character \d/)
  })

  it.each(['--a-b', '(ab)c', 'a 30ms b'])('is drawn as it was read: %j', diagram => {
    expect(drawMarbles(parseMarbles(diagram, 1).marbles, 1)).toBe(diagram)
  })
})

describe('driver.marbles', () => {
  it('sends at the times of the diagrams and compares what comes out, and when', async () => {
    const driver = await run(delayed())
    const test = driver.marbles({
      frame: '100ms',
      send: [marbles(letters, 'a--z---------b|')],
      expect: [
        marbles(out, '---x------y---------v', {
          x: { key: 'z', value: 'now', timestamp: 1300 },
          y: { key: 'late', value: ['z', 2000], timestamp: 2000 },
          v: { key: 'late', value: ['b', 3000] },
        }),
      ],
    })
    await expect(test).resolves.toBeUndefined()
  })

  it('takes letters for keys and values that nobody names', async () => {
    const p = pipeline('app')
    p.stream(letters)
      .filter(value => value !== 'b')
      .to(echo)
    const driver = await run(p)
    const test = driver.marbles({ send: [marbles(letters, 'a-b-(cd)')], expect: [marbles(echo, 'a---(cd)')] })
    await expect(test).resolves.toBeUndefined()
  })

  it.each([
    ['too early', '--a', 'expected  --a\n  actual    a'],
    ['missing', 'a-b', 'expected  a-b\n  actual    a'],
    ['another', 'c', 'expected  c\n  actual    ?'],
  ])('shows both diagrams: %s', async (_, diagram, message) => {
    const p = pipeline('app')
    p.stream(letters).to(echo)
    const driver = await run(p)
    const test = { send: [marbles(letters, 'a')], expect: [marbles(echo, diagram)] }
    await expect(driver.marbles(test)).rejects.toThrow(message)
  })
})

it('shows records of bigints, too, where they differ', async () => {
  const sums = topic('sums', { key: string, value: int64 })
  const p = pipeline('app')
  p.stream(letters)
    .map(() => 1n)
    .to(sums)
  const driver = await run(p)
  const test = { send: [marbles(letters, 'a')], expect: [marbles(sums, 'x', { x: { value: 2n } })] }
  await expect(driver.marbles(test)).rejects.toThrow("at 0 ms: { key: 'a', value: 1n, timestamp: 1000 }")
  await driver.close()
})
