import type { Fn, Value } from './question.js'

// The same functions as in java/Values.java and java/Functions.java, line by line.

export function num(value: Value): number {
  if (typeof value === 'number') return value
  let sum = 0
  for (let i = 0; i < (value?.length ?? 0); i++) sum += value!.charCodeAt(i)
  return sum
}

export function str(value: Value): string {
  return String(value)
}

export function tail(text: string): string {
  return text.slice(-60)
}

/** Never -0, which an int64 does not have. */
function bounded(number: number): number {
  return number % 1_000_000_007 || 0
}

function floorMod(a: number, b: number): number {
  return ((a % b) + b) % b || 0
}

export type Key = string | null

export function predicate(f: Fn): (key: Key, value: Value) => boolean {
  const [a, b] = [f[1] as number, f[2] as number]
  switch (f[0]) {
    case 'mod':
      return (_, value) => floorMod(num(value), a) === b
    case 'keyMod':
      return key => floorMod(num(key), a) === b
    case 'isNull':
      return (_, value) => value === null
    case 'true':
      return () => true
    case 'false':
      return () => false
  }
  throw unknown(f)
}

export function mapper(f: Fn): (key: Key, value: Value) => Value {
  const a = f[1]
  switch (f[0]) {
    case 'id':
      return (_, value) => value
    case 'append':
      return (_, value) => tail(str(value) + String(a))
    case 'add':
      return (_, value) => bounded(num(value) + (a as number))
    case 'length':
      return (_, value) => str(value).length
    case 'const':
      return () => a as Value
    case 'withKey':
      return (key, value) => tail(`${str(key)}:${str(value)}`)
    case 'nullIf': {
      const p = predicate(a as Fn)
      return (key, value) => (p(key, value) ? null : value)
    }
  }
  throw unknown(f)
}

export function flatMapper(f: Fn): (key: Key, value: Value) => Value[] {
  if (f[0] !== 'repeat') throw unknown(f)
  return (_, value) =>
    Array.from({ length: floorMod(num(value), f[1] as number) }, (_, i) => tail(`${str(value)}#${i}`))
}

export function selector(f: Fn): (key: Key, value: Value) => Key {
  const a = f[1]
  switch (f[0]) {
    case 'key':
      return key => key
    case 'value':
      return (_, value) => str(value)
    case 'bucket':
      return (_, value) => `b${floorMod(num(value), a as number)}`
    case 'keyOf':
      return (_, value) => `k${floorMod(num(value), a as number)}`
    case 'keyBucket':
      return key => `k${floorMod(num(key), a as number)}`
    case 'nullIf': {
      const p = predicate(a as Fn)
      const otherwise = selector(f[2] as Fn)
      return (key, value) => (p(key, value) ? null : otherwise(key, value))
    }
  }
  throw unknown(f)
}

/** The time of a record, from its value. */
export function time(f: Fn): (value: Value) => number {
  if (f[0] !== 'mod') throw unknown(f)
  return value => floorMod(num(value), f[1] as number)
}

export function reducer(f: Fn): (x: Value, y: Value) => Value {
  switch (f[0]) {
    case 'sum':
      return (x, y) => bounded(num(x) + num(y))
    case 'minus':
      return (x, y) => bounded(num(x) - num(y))
    case 'concat':
      return (x, y) => tail(`${str(x)}+${str(y)}`)
    case 'strike':
      return (x, y) => tail(`${str(x)}-${str(y)}`)
    case 'min':
      return (x, y) => (num(y) < num(x) ? y : x)
    case 'max':
      return (x, y) => (num(y) > num(x) ? y : x)
    case 'last':
      return (_, y) => y
    case 'nullIf': {
      const p = predicate(f[1] as Fn)
      const otherwise = reducer(f[2] as Fn)
      return (x, y) => {
        const result = otherwise(x, y)
        return p(null, result) ? null : result
      }
    }
  }
  throw unknown(f)
}

export function joiner(f: Fn): (key: Key, x: Value, y: Value) => Value {
  switch (f[0]) {
    case 'pair':
      return (_, x, y) => tail(`${str(x)}&${str(y)}`)
    case 'keyPair':
      return (key, x, y) => tail(`${str(key)}=${str(x)}&${str(y)}`)
    case 'left':
      return (_, x) => x
    case 'right':
      return (_, _x, y) => y
    case 'sum':
      return (_, x, y) => bounded(num(x) + num(y))
    case 'nullIf': {
      const p = predicate(f[1] as Fn)
      const otherwise = joiner(f[2] as Fn)
      return (key, x, y) => {
        const result = otherwise(key, x, y)
        return p(key, result) ? null : result
      }
    }
  }
  throw unknown(f)
}

function unknown(f: Fn): Error {
  return new Error(`no function ${JSON.stringify(f)}`)
}
