import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { Priority } from '../src/topology/spec.js'

const known: KnownOptions<{ readonly weight: number }> = { weight: true }

/** What `stream(topic, { priority })` says. @throws SluiceError BAD_ARGUMENT */
export function priorityOf(
  given: number | { readonly weight: number } | undefined,
  line: string | undefined,
): Priority | undefined {
  if (given === undefined) return undefined
  if (Number.isInteger(given)) return { level: given as number, weight: 1 }
  if (typeof given === 'object' && given !== null) checkKnown('stream({ priority })', given, known, line)
  const weight = typeof given === 'object' && given !== null ? given.weight : undefined
  if (typeof weight === 'number' && Number.isFinite(weight) && weight > 0) return { level: 0, weight }
  throw new SluiceError('BAD_ARGUMENT', `priority: ${valueText(given)} is no priority`, {
    place: { line },
    hint: 'write a whole number, of which higher ones go first (0 where left out), or { weight: 3 }',
  })
}
