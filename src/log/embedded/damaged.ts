import { SluiceError } from '../../errors.js'

/** The error of a log that cannot be read. What it holds is nowhere else, so the advice is a copy, not a new start. */
export function damaged(dir: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('STATE_DAMAGED', `the log in ${dir} is damaged: ${why}`, {
    hint: 'check the disk and restore the directory from a copy; to begin with nothing, move it away or name another one',
    cause,
  })
}
