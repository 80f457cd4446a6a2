import { describe, expect, it } from 'vitest'
import { rendezvousOf } from '../../src/log/rendezvous.js'

/** A million keys as people make them: a word and a number. */
const count = 1_000_000
const buffer = Buffer.alloc(32)
function shardOf(prefix: string, i: number, shards: number): number {
  return rendezvousOf(buffer, 0, buffer.write(`${prefix}${i}`, 'latin1'), shards)
}

function sizes(prefix: string, shards: number): number[] {
  const found = Array.from({ length: shards }, () => 0)
  for (let i = 0; i < count; i++) found[shardOf(prefix, i, shards)]!++
  return found
}

/** The chi-square statistic of even shards, and its value that a fair coin exceeds once in a thousand times. */
function chiSquare(found: readonly number[]): { statistic: number; limit: number } {
  const wanted = count / found.length
  const statistic = found.reduce((sum, size) => sum + (size - wanted) ** 2 / wanted, 0)
  // Wilson and Hilferty's approximation of the 99.9th percentile.
  const free = found.length - 1
  return { statistic, limit: free * (1 - 2 / (9 * free) + 3.0902 * Math.sqrt(2 / (9 * free))) ** 3 }
}

describe('a million keys', () => {
  it.each([
    ['user-', 8],
    ['user-', 9],
    ['', 16],
    ['import-2026-11-21/', 3],
  ])('such as %s123 lie evenly over %i shards: chi-square', (prefix, shards) => {
    const { statistic, limit } = chiSquare(sizes(prefix, shards))
    const figures = `chi-square ${statistic.toFixed(2)} (${shards - 1} degrees of freedom, 99.9 % lie below ${limit.toFixed(2)})`
    console.log(`${count} keys like ${prefix}123 over ${shards} shards: ${figures}`)
    expect(statistic).toBeLessThan(limit)
  })

  it.each([['user-'], ['flight/']])('such as %s123: a ninth of them moves from 8 shards to 9, to the ninth', prefix => {
    let moved = 0
    let elsewhere = 0
    const from = Array.from({ length: 8 }, () => 0)
    for (let i = 0; i < count; i++) {
      const before = shardOf(prefix, i, 8)
      const after = shardOf(prefix, i, 9)
      if (before === after) continue
      moved++
      from[before]!++
      if (after !== 8) elsewhere++
    }
    const off = 100 * Math.abs((9 * moved) / count - 1)
    console.log(`${count} keys like ${prefix}123, 8 to 9 shards: ${moved} move, ${off.toFixed(3)} % off a ninth`)
    expect(elsewhere).toBe(0)
    expect(Math.abs(moved / count - 1 / 9)).toBeLessThan(0.01 / 9)
    // Every former shard gives its part.
    for (const part of from) expect(Math.abs(part / moved - 1 / 8)).toBeLessThan(0.005)
  })
})

it('a key stays where it was when shards are added one by one, or moves to the new one', () => {
  let astray = 0
  for (let i = 0; i < 2000; i++) {
    let before = shardOf('k', i, 1)
    for (let shards = 2; shards <= 100; shards++) {
      const after = shardOf('k', i, shards)
      if (after !== before && after !== shards - 1) astray++
      before = after
    }
  }
  expect(astray).toBe(0)
})

it('the places of keys never change: state lies there', () => {
  const places = (shards: number) => Array.from({ length: 12 }, (_, i) => shardOf('user-', i, shards)).join(' ')
  expect([places(8), places(100)]).toMatchInlineSnapshot(`
    [
      "2 2 7 3 4 7 3 2 5 5 7 5",
      "31 89 75 14 4 69 56 36 29 5 16 20",
    ]
  `)
})
