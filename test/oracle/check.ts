import fc from 'fast-check'
import { cases, type Case } from './cases.js'
import { compare, shown } from './compare.js'
import { Coverage, having } from './coverage.js'
import type { Oracle } from './oracle.js'

export interface Check {
  readonly coverage: Coverage
  /** The smallest case that shows a difference, and how to see it again; `undefined` when there was none. */
  readonly failure?: { readonly smallest: Case; readonly message: string }
}

/** A case that is small is worth some time, the smallest one is not worth minutes. */
const mostShrinks = 400

/** Compares so many random cases; the first difference ends it. */
export async function check(
  oracle: Oracle,
  options: {
    readonly seed: number
    readonly count: number
    readonly path?: string
    /** Only cases that have one of these, by their names in the table of coverage; all where left out. */
    readonly features?: readonly string[]
    readonly done?: (cases: number) => void
  },
): Promise<Check> {
  const { seed, count, path, features = [] } = options
  const coverage = new Coverage()
  let failed = false
  let shrinks = 0
  let done = 0
  const property = fc.asyncProperty(having(cases, features), async it => {
    if (!failed) {
      coverage.add(it)
      options.done?.(++done)
    } else if (++shrinks > mostShrinks) return
    try {
      await compare(oracle, it)
    } catch (error) {
      failed = true
      throw error
    }
  })
  const details = await fc.check(property, { numRuns: count, seed, ...(path !== undefined && { path }) })
  if (!details.failed) return { coverage }
  const [smallest] = details.counterexample!
  const where = `seed ${seed}, path ${details.counterexamplePath}`
  const message = `${where}\n${shown(smallest)}\n${(details.errorInstance as Error).message}`
  return { coverage, failure: { smallest, message } }
}
