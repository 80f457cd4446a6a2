import { SluiceError } from '../../errors.js'
import { isReadable } from '../../runtime/instance.js'
import type { Running } from '../../runtime/options.js'
import type { Serde } from '../../serde/serde.js'
import { isWindowed } from '../../serde/windowed.js'
import type { TopologySpec } from '../../topology/spec.js'
import { keyOfText } from './key-text.js'

/** A store as `GET /stores` tells of it. */
export interface StoreLine {
  readonly name: string
  /** Every instance has all of it. */
  readonly global: boolean
  /** Its keys are windows of plain keys. */
  readonly windows: boolean
}

export interface EntryLine {
  readonly key: unknown
  readonly value: unknown
}

/** One value, or entries that are written one a line while they are read. */
export type Answer = { readonly value: unknown } | { readonly entries: AsyncIterable<[unknown, unknown]> }

/**
 * Answers what is asked of a running pipeline; `undefined` where there is no such path.
 *
 * - `/status`: what `running.status` says
 * - `/stores`: its stores
 * - `/stores/<name>?from=<key>&to=<key>`: entries, all of them or those between two keys, both inclusive
 * - `/stores/<name>/value?key=<key>`: the value of a key
 * - `/stores/<name>/windows?key=<key>&from=<time>&to=<time>`: the windows of a plain key
 *
 * A key is a parameter, since a path has no part `.` or `..`: every client takes them away.
 *
 * @throws SluiceError UNKNOWN_STORE, BAD_ARGUMENT, UNSUPPORTED; NOT_RUNNING where another instance has that key
 */
export async function answer(app: Running, spec: TopologySpec, url: URL): Promise<Answer | undefined> {
  const [what, name, of, ...rest] = url.pathname.slice(1).split('/').map(decoded)
  if (rest.length > 0 || (of !== undefined && of !== 'value' && of !== 'windows')) return undefined
  if (what === 'status' && name === undefined) return { value: statusOf(app) }
  if (what !== 'stores') return undefined
  if (name === undefined) return { value: storesOf(spec) }
  const store = app.query(name)
  const serde = keySerde(spec, name)
  const asked = url.searchParams
  const [key, from, to] = [asked.get('key'), asked.get('from'), asked.get('to')]
  if (of === undefined) {
    if (from === null && to === null) return { entries: store.all() }
    if (from === null || to === null) throw badRange()
    return { entries: store.range(keyOfText(from, serde), keyOfText(to, serde)) }
  }
  if (key === null) throw noKey(name, of)
  if (of === 'value')
    return { value: { key, value: (await store.get(keyOfText(key, serde))) ?? null } satisfies EntryLine }
  const plain = isWindowed(serde) ? serde.plain : serde
  return { entries: store.fetch(keyOfText(key, plain), timeOf(from), timeOf(to)) }
}

function storesOf(spec: TopologySpec): StoreLine[] {
  const line = (global: boolean) => (store: { readonly name: string; readonly key: Serde<unknown> }) => ({
    name: store.name,
    global,
    windows: isWindowed(store.key),
  })
  return [...spec.stores.filter(isReadable).map(line(false)), ...(spec.globals ?? []).map(line(true))]
}

function keySerde({ stores, globals = [] }: TopologySpec, name: string): Serde<unknown> {
  return [...stores, ...globals].find(store => store.name === name)!.key
}

function statusOf({ status }: Running): unknown {
  const { error, ...rest } = status
  return error === undefined ? rest : { ...rest, error: error.message }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (cause) {
    throw new SluiceError('BAD_ARGUMENT', `the path has ${part}, which is not URL-encoded`, {
      cause,
      hint: 'write % as %25 and / as %2F',
    })
  }
}

function timeOf(text: string | null): number | undefined {
  if (text === null) return undefined
  // Date.parse alone finds a date in nearly everything: -5 is a day in May.
  const isDate = /^[+-]?\d{4,6}-\d\d-\d\d/.test(text)
  const time = /^\d+$/.test(text) ? Number(text) : isDate ? Date.parse(text) : NaN
  if (Number.isSafeInteger(time)) return time
  throw new SluiceError('BAD_ARGUMENT', `${text} is no time`, {
    hint: 'write milliseconds since 1970, or a date such as 2026-11-21T12:00:00Z',
  })
}

function noKey(store: string, of: string): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `the ${of} of which key of ${store}?`, {
    hint: `name it: /stores/${encodeURIComponent(store)}/${of}?key=<key>`,
  })
}

function badRange(): SluiceError {
  return new SluiceError('BAD_ARGUMENT', 'a range has two ends', { hint: 'name both: ?from=a&to=b' })
}
