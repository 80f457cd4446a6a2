import { SluiceError } from '../errors.js'

export function givenUp(task: string): SluiceError {
  return new SluiceError('NOT_RUNNING', 'the task goes elsewhere before its state is restored', { place: { task } })
}

/**
 * An answer, unless the signal comes first: what waits for transactions of other processes may take as long as those may, and
 * the group, or whoever closes this one, does not wait for it.
 *
 * @throws SluiceError NOT_RUNNING where the signal came
 */
export function unlessGivenUp<T>(answer: Promise<T>, task: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (): void => reject(givenUp(task))
    if (signal.aborted) give()
    signal.addEventListener('abort', give)
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}
