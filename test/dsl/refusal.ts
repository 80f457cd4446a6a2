import type { SluiceError } from '../../dsl/index.js'

/** What a start is refused with. */
export async function refusal(start: Promise<unknown>): Promise<SluiceError> {
  return start.then(
    () => {
      throw new Error('nothing was refused')
    },
    (error: SluiceError) => error,
  )
}
