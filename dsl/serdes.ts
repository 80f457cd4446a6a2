import { SluiceError } from '../src/errors.js'
import { flag, type KnownOptions } from '../src/known-options.js'
import type { Serde, Serializer } from '../src/serde/serde.js'
import { serdeName } from './serde-name.js'
import { string } from '../src/serde/index.js'
import type { SerdeChoice, SourceNode, StoreWish } from './nodes.js'
import { checkName, checkSerde } from './topic.js'
import type { GroupOptions, NewStoreOptions, RepartitionOptions, StoreOptions } from './types.js'

/** A serde that somebody named. */
export function named(serde: Serde<any>, where: string): SerdeChoice {
  checkSerde(serde, where)
  return { serde, why: where }
}

/** Keys of a new type: strings, unless an operator further down names another serde. */
export function newKey(by: string): SerdeChoice {
  return { serde: string, why: `the default for keys after ${by}` }
}

/** Values of a new type: the pipeline's default, if it has one. */
export function newValue(by: string, line: string | undefined, fallback: SerdeChoice | undefined): SerdeChoice {
  return (
    fallback ?? { serde: undefined, why: `${by}${line === undefined ? '' : ` at ${line}`} gives values of a new type` }
  )
}

/** What the user named at the operator, else what the stream has. */
export function choose(serde: Serde<any> | undefined, where: string, otherwise: SerdeChoice): SerdeChoice {
  return serde === undefined ? otherwise : named(serde, where)
}

/** A choice, or where it has no serde another one. */
export function orElse(choice: SerdeChoice, otherwise: SerdeChoice): SerdeChoice {
  return choice.serde === undefined ? otherwise : choice
}

/** What several streams have in common. */
export function common(choices: readonly SerdeChoice[], what: 'keys' | 'values', by: string): SerdeChoice {
  const [first, ...rest] = choices
  if (rest.every(choice => choice.serde === first!.serde)) return first!
  const serdes = choices.map(choice => (choice.serde === undefined ? 'none' : serdeName(choice.serde))).join(' and ')
  return { serde: undefined, why: `${by} brings together ${what} with different serdes (${serdes})` }
}

/** The options of an operator that keeps state, checked. */
export function storeWish(
  type: string,
  options: AnyStoreOptions,
  key: SerdeChoice,
  value: SerdeChoice,
  line: string | undefined,
): StoreWish {
  const { as } = options
  checkOptions(type, options, line)
  const isHandle = typeof as === 'object' && as !== null
  const name = isHandle ? as.name : as
  if (name !== undefined) checkName(name, 'store', line)
  const handle = isHandle ? as : undefined
  return {
    as: name,
    key: handle === undefined ? key : named(handle.key as Serde<any>, `store(${name})`),
    value:
      handle === undefined ? choose(options.value, `${type}({ value })`, value) : named(handle.value, `store(${name})`),
    cache: options.cache ?? true,
    changelog: options.changelog ?? true,
    in: options.in ?? 'disk',
  }
}

/** Whether a store has keys and values in the very bytes of the source that it keeps. */
export function hasBytesOf(source: Pick<SourceNode, 'key' | 'value'>, { key, value }: StoreWish): boolean {
  return source.key.serde === key.serde && source.value.serde === value.serde
}

function checkOptions(type: string, options: AnyStoreOptions, line: string | undefined): void {
  const { as, cache, changelog, in: where } = options
  if (as === undefined && keptByName.has(type) && [cache, changelog, where].some(option => option !== undefined)) {
    throw new SluiceError('BAD_ARGUMENT', `${type}({ cache, changelog, in })`, {
      place: { line },
      hint: "this table is only kept when it has a name: add as: '…'",
    })
  }
}

/** Tables that are computed from the tables above them, unless they are named. */
const keptByName = new Set(['filter', 'filterNot', 'map', 'join', 'leftJoin', 'outerJoin'])

/** Where a store lies. */
export const places = ['disk', 'memory'] as const

/** What every operator that keeps state knows. */
export const storeOptions: KnownOptions<StoreOptions<any, any>> = { as: true, cache: flag, changelog: flag, in: places }
export const newStoreOptions: KnownOptions<NewStoreOptions<any, any>> = { ...storeOptions, value: true }

export const groupOptions: KnownOptions<GroupOptions<any, any>> = { key: true, value: true, as: true }
export const repartitionOptions: KnownOptions<RepartitionOptions<any, any>> = { ...groupOptions, partitions: true }

export interface AnyStoreOptions {
  readonly as?: string | { readonly name: string; readonly key: Serializer<any>; readonly value: Serde<any> }
  readonly value?: Serde<any>
  readonly cache?: boolean
  readonly changelog?: boolean
  readonly in?: 'disk' | 'memory'
}
