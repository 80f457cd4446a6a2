import { expect, test } from 'vitest'
import { looksAt, looksAtKey, looksAtValue, wantsRecord } from '../../src/operators/uses.js'

const answers = (callback: (...args: never[]) => unknown): string =>
  [looksAtValue(callback) ? 'value' : '', looksAtKey(callback) ? 'key' : '', wantsRecord(callback) ? 'record' : '']
    .filter(part => part !== '')
    .join(' ')

test('the parameters say what a callback looks at', () => {
  expect(answers(() => true)).toBe('')
  expect(answers((value: string) => value)).toBe('value')
  expect(answers(({ done }: { done: number }) => done)).toBe('value')
  expect(answers((_value: string, key: string) => key)).toBe('value key')
  expect(answers((_value: string, _key: string, record: object) => record)).toBe('value key record')
  expect(
    answers(function named(value: string) {
      return value
    }),
  ).toBe('value')
  const holder = {
    method(this: void, value: string, key: string) {
      return value + key
    },
  }
  expect(answers(holder.method)).toBe('value key')
})

test('an equals sign in the body is not a default value', () => {
  expect(
    answers((value: number) => {
      const doubled = value * 2
      return doubled >= 4 && doubled === 4
    }),
  ).toBe('value')
  expect(answers(async (value: number) => value)).toBe('value')
})

test('whatever could look at more counts as looking at everything', () => {
  const all = 'value key record'
  expect(answers((...args: unknown[]) => args.length)).toBe(all)
  expect(answers((value: string, ...rest: unknown[]) => value + String(rest))).toBe(all)
  expect(answers((value: string, key = 'none') => value + key)).toBe(all)
  expect(answers(({ a = 1 }: { a?: number }) => a)).toBe(all)
  expect(
    answers(function () {
      // oxlint-disable-next-line prefer-rest-params
      return arguments.length
    }),
  ).toBe(all)
  const bound = function (this: string, value: string) {
    return this + value
  }.bind('prefix')
  expect(answers(Number.parseInt)).toBe(all)
  expect(answers(bound)).toBe(all)
  const named = {
    ['a(b)'](this: void, value: string) {
      return value
    },
  }
  expect(answers(named['a(b)'])).toBe(all)
})

test('other positions, for joiners and aggregators', () => {
  expect(looksAt((left: number, right: number) => left + right, 2)).toBe(false)
  expect(looksAt((_left: number, _right: number, key: string) => key, 2)).toBe(true)
})
