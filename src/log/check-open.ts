import { SluiceError, valueText } from '../errors.js'

/** @throws SluiceError BAD_ARGUMENT for a log that nobody has opened: `embedded(…)` and `kafka(…)` only describe one */
export function checkOpen(log: unknown, by: string): void {
  const given = (typeof log === 'object' && log !== null ? log : {}) as Record<string, unknown>
  if ('topics' in given) return
  const isClosed = typeof given['open'] === 'function'
  throw new SluiceError(
    'BAD_ARGUMENT',
    `${by} needs an open log, not ${isClosed ? 'its description' : valueText(log)}`,
    {
      hint: "open it, and close it at the end: const log = await embedded('./data').open()",
    },
  )
}
