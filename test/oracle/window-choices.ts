import { pick } from './choices.js'
import type { Open } from './open.js'

export interface WindowNode {
  readonly op: 'window'
  readonly kind: 'tumbling' | 'hopping' | 'sliding' | 'session' | 'unlimited'
  readonly size?: number
  readonly step?: number
  readonly grace?: number
  readonly emit?: 'update' | 'final'
}

/** A grace behind every record of a case. */
export const endless = 10_000

/** Windows of any kind, small beside the times of the records. */
export function windowsOf(n: number, m: number): WindowNode {
  const grace = pick([10, 0, 3, 30], m)
  const emit = m % 3 === 0 ? 'final' : 'update'
  const size = pick([10, 5, 7, 1, 25], n >> 2)
  return pick<WindowNode>(
    [
      { op: 'window', kind: 'tumbling', size, grace, emit },
      { op: 'window', kind: 'session', size, grace, emit },
      {
        op: 'window',
        kind: 'hopping',
        size,
        step: pick([Math.ceil(size / 2), Math.ceil(size / 3), 1], m),
        grace,
        emit,
      },
      { op: 'window', kind: 'sliding', size, grace, emit },
      { op: 'window', kind: 'unlimited' },
    ],
    n,
  )
}

/** The same windows, which take every record of a case and never close. */
export function patient(windows: WindowNode): WindowNode {
  return windows.kind === 'unlimited' ? windows : { ...windows, grace: endless, emit: 'update' }
}

/** What windows make of a node. */
export function bounds({ kind, size, step }: Omit<WindowNode, 'op'>): Pick<Open, 'windows' | 'over'> {
  return { windows: kind === 'unlimited' ? 'endless' : 'closing', over: JSON.stringify([kind, size, step]) }
}
