import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { none, OldestGroup, OldestInput, WeightedTurns } from '../../../src/runtime/inputs/input-choice.js'

/** An input with the timestamps of its records; `more`: it is known to have others. */
function input(timestamps: readonly number[], more = false) {
  const left = [...timestamps]
  return {
    left,
    get ready() {
      return left.length > 0
    },
    get waiting() {
      return left.length === 0 && more
    },
    get timestamp() {
      return left[0] ?? -1
    },
  }
}

function drain(choice: { head(): number; took(): void }, inputs: readonly { left: number[] }[]): number[] {
  const order: number[] = []
  for (let head = choice.head(); head !== none; head = choice.head()) {
    choice.took()
    inputs[head]!.left.shift()
    order.push(head)
  }
  return order
}

describe('the oldest input', () => {
  it('goes first', () => {
    const inputs = [input([2, 5]), input([1, 3]), input([4])]
    expect(drain(new OldestInput(inputs), inputs)).toEqual([1, 0, 1, 2, 0])
  })

  it('is waited for where an empty one has more', () => {
    const inputs = [input([2]), input([], true)]
    const choice = new OldestInput(inputs)
    expect([choice.head(), choice.waiting]).toEqual([none, true])
  })
})

describe('turns', () => {
  const turns = (inputs: ReturnType<typeof input>[], weights: number[]) =>
    new WeightedTurns(
      inputs.map((_, index) => new OldestInput(inputs, [index])),
      weights,
    )

  it('are fair with equal weights, whatever the timestamps', () => {
    const inputs = [input([1, 2, 3]), input([100, 101, 102])]
    expect(drain(turns(inputs, [1, 1]), inputs)).toEqual([0, 1, 0, 1, 0, 1])
  })

  it('keep to the weights to within a record at every moment', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(weights, given => {
        const all = given.reduce((sum, weight) => sum + weight, 0)
        const inputs = given.map(() => input(Array.from({ length: all * 2 }, () => 0)))
        const counts = given.map(() => 0)
        const order = drain(turns(inputs, given), inputs).slice(0, 2 * all)
        for (const [done, head] of order.entries()) {
          counts[head]!++
          for (const [index, weight] of given.entries()) {
            expect(Math.abs(counts[index]! - ((done + 1) * weight) / all)).toBeLessThanOrEqual(given.length - 1)
          }
        }
        expect(counts).toEqual(given.map(weight => 2 * weight))
      }),
    )
  })

  it('of one that has nothing go to the others, and are not made up for', () => {
    const inputs = [input([0, 0, 0, 0, 0, 0]), input([])]
    const choice = turns(inputs, [1, 1])
    for (let i = 0; i < 4; i++) {
      expect(choice.head()).toBe(0)
      choice.took()
      inputs[0]!.left.shift()
    }
    inputs[1]!.left.push(0, 0, 0)
    expect(drain(choice, inputs)).toHaveLength(5)
    inputs[0]!.left.push(0, 0)
    inputs[1]!.left.push(0, 0)
    expect(drain(choice, inputs).toSorted()).toEqual([0, 0, 1, 1])
  })

  it('do not wait while another has a record', () => {
    const inputs = [input([], true), input([7])]
    const choice = turns(inputs, [1, 1])
    expect(choice.head()).toBe(1)
    choice.took()
    inputs[1]!.left.shift()
    expect([choice.head(), choice.waiting]).toEqual([none, true])
  })
})

it('between groups the oldest goes first, and each keeps its turns', () => {
  const inputs = [input([1, 9]), input([2, 3]), input([4, 5])]
  const pair = new WeightedTurns([new OldestInput(inputs, [0]), new OldestInput(inputs, [1])], [1, 1])
  const choice = new OldestGroup(inputs, [pair, new OldestInput(inputs, [2])])
  expect(drain(choice, inputs)).toEqual([0, 1, 2, 2, 0, 1])
})
