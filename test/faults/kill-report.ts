import { expect, type RunnerTestCase } from 'vitest'

/** A line of the table at the end of a run: how often something was killed, and what was wrong afterwards. */
export interface KillRow {
  readonly what: string
  readonly log: string
  /** Moments that were planned. */
  readonly planned: number
  /** Kills that came while there was work in progress. */
  readonly hit: number
  /** Runs that were done before their moment came; another moment was tried for each. */
  readonly missed: number
  /** Outcomes that were checked. */
  readonly checked: number
  readonly lost: number
  readonly doubled: number
  /** Events for which a service was asked under more than one idempotency key; undefined where there is no service. */
  readonly newKeys: number | undefined
}

declare module 'vitest' {
  interface TaskMeta {
    kills?: KillRow
  }
}

/** What came out, and what should have: each of it in words of its own. */
export interface Outcome {
  readonly expected: readonly string[]
  readonly found: readonly string[]
  /** Events for which a service was asked under more than one idempotency key. */
  readonly newKeys?: readonly string[]
}

/** Leaves a row for the table, and expects that nothing was lost, doubled, or asked for under a new key. */
export function expectEachOnce(
  task: Readonly<RunnerTestCase>,
  kills: Pick<KillRow, 'what' | 'log' | 'planned' | 'hit' | 'missed'>,
  { expected, found, newKeys }: Outcome,
): void {
  const { lost, doubled } = differences(expected, found)
  task.meta.kills = {
    ...kills,
    checked: expected.length,
    lost: lost.length,
    doubled: doubled.length,
    newKeys: newKeys?.length,
  }
  const first = (list: readonly string[] = []): readonly string[] => list.slice(0, 10)
  expect({ lost: first(lost), doubled: first(doubled), newKeys: first(newKeys) }).toEqual({
    lost: [],
    doubled: [],
    newKeys: [],
  })
}

/** What did not come, and what came once too often or should not have come at all. */
function differences(expected: readonly string[], found: readonly string[]): { lost: string[]; doubled: string[] } {
  const missing = new Map<string, number>()
  for (const each of expected) missing.set(each, (missing.get(each) ?? 0) + 1)
  const doubled = found.filter(each => {
    const left = missing.get(each) ?? 0
    missing.set(each, left - 1)
    return left <= 0
  })
  const lost = [...missing].flatMap(([each, left]) => Array.from({ length: Math.max(0, left) }, () => each))
  return { lost, doubled }
}
