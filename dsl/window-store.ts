import { SluiceError } from '../src/errors.js'
import { type KnownOptions } from '../src/known-options.js'
import { neededFor, openFor, type Windows } from '../src/operators/windows/definitions.js'
import { windowed, type WindowKey } from '../src/serde/windowed.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import type { SerdeChoice, StoreWish, WindowWish } from './nodes.js'
import { storeOptions, storeWish, type AnyStoreOptions } from './serdes.js'
import type { NewStoreOptions, StoreOptions } from './types.js'

/** What an aggregate over windows takes. */
export interface WindowOptions<K, V> extends StoreOptions<WindowKey<K>, V> {
  /**
   * `'update'` (the default): each change of a window is told. `'final'`: a window is told once, when it has closed, that is
   * when stream time has passed its end and grace.
   */
  readonly emit?: 'update' | 'final'
  /**
   * How long windows are kept behind their start (sessions: behind their end), for look-ups. Default, and least: as long as
   * they take records.
   */
  readonly retention?: Duration
}

/** The same where the type of the values is new, so that a serde may have to be named. */
export interface NewWindowOptions<K, V> extends WindowOptions<K, V>, NewStoreOptions<WindowKey<K>, V> {}

export const windowOptions: KnownOptions<WindowOptions<any, any>> = {
  ...storeOptions,
  emit: ['update', 'final'],
  retention: true,
}
export const newWindowOptions: KnownOptions<NewWindowOptions<any, any>> = { ...windowOptions, value: true }

export const sessionOptions: KnownOptions<NewWindowOptions<any, any> & { readonly merger: unknown }> = {
  ...newWindowOptions,
  merger: true,
}

export interface AnyWindowOptions extends AnyStoreOptions {
  readonly emit?: 'update' | 'final'
  readonly retention?: Duration
}

/** @throws SluiceError BAD_ARGUMENT unless it is what `tumbling` and the others make */
export function checkWindows(windows: Windows, by: string, line: string | undefined): void {
  if (windows?.kind === 'time' || windows?.kind === 'sliding' || windows?.kind === 'session') return
  throw new SluiceError('BAD_ARGUMENT', `${by} needs windows`, {
    place: { line },
    hint: "write tumbling('1m'), hopping('5m', '1m'), sliding('1m'), session('30m') or unlimited()",
  })
}

/** How an aggregate over windows is kept. @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function windowWish(
  type: string,
  windows: Windows,
  options: AnyWindowOptions,
  key: SerdeChoice,
  line: string | undefined,
): WindowWish {
  const wrong = (what: string, hint: string) =>
    new SluiceError('BAD_ARGUMENT', `${type}(): ${what}`, { place: { line }, hint })
  const { emit = 'update' } = options
  const least = openFor(windows)
  if (least === Number.POSITIVE_INFINITY && emit === 'final') {
    throw wrong("emit: 'final' over unlimited()", 'a window without an end never closes: leave emit out')
  }
  const retention =
    options.retention === undefined ? least : durationAt(options.retention, `${type}({ retention })`, line)
  if (retention < least) {
    throw wrong(
      `a retention of ${retention} ms, where windows and their grace take ${least} ms`,
      `give at least ${least}, or leave it out; or make the grace of the windows shorter`,
    )
  }
  return { windows, retention: Math.max(retention, neededFor(windows)), emit, plainKey: key }
}

/** The store of an aggregate over windows: the keys of its windows are made of those of the stream, whatever a handle says. */
export function windowStoreWish(
  type: string,
  options: AnyStoreOptions,
  plainKey: SerdeChoice,
  value: SerdeChoice,
  line: string | undefined,
): StoreWish {
  const key = windowKey(plainKey)
  return { ...storeWish(type, options, key, value, line), key }
}

/** How the keys of windows are written. */
function windowKey({ serde, why }: SerdeChoice): SerdeChoice {
  return { serde: serde === undefined ? undefined : windowed(serde), why: `windows of ${why}` }
}
