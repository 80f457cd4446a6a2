import { SluiceError, errorText, type Place } from '../../errors.js'
import { goOn } from '../../store/recovery.js'

/** The error of a log that cannot be read. What it holds is nowhere else, so the advice is a copy, not a new start. */
export function damaged(dir: string, why: string, cause?: unknown, place: Place = {}): SluiceError {
  return unreadable(`the log in ${dir} is damaged: ${why}`, cause, { place })
}

/** What LevelDB or a look at its files has found, with that advice. */
export function asDamaged(dir: string, thrown: unknown, place?: Place): SluiceError {
  if (!(thrown instanceof SluiceError)) return damaged(dir, errorText(thrown), thrown, place)
  if (thrown.code !== 'STATE_DAMAGED') return damaged(dir, thrown.what, thrown, place)
  const more = thrown.hint?.includes(goOn) === true ? `. ${goOn}` : ''
  return unreadable(thrown.what, thrown, { place: thrown.place, more })
}

function unreadable(what: string, cause: unknown, { place, more = '' }: { place: Place; more?: string }): SluiceError {
  const hint =
    'check the disk and restore the directory from a copy; to begin with nothing, move it away or name another one'
  return new SluiceError('STATE_DAMAGED', what, { place, hint: `${hint}${more}`, cause })
}
