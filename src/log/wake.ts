/** Lets one waiter sleep until something happens. A call that comes while nobody waits is remembered. */
export interface Wake {
  readonly call: () => void
  /** Resolves at the next call, or at once if there was one since the last wait. */
  wait(): Promise<void>
}

export function signalled(): Wake {
  let called = false
  let resolve: (() => void) | undefined
  return {
    call() {
      called = true
      resolve?.()
      resolve = undefined
    },
    wait() {
      if (called) {
        called = false
        return Promise.resolve()
      }
      return new Promise<void>(done => {
        resolve = () => {
          called = false
          done()
        }
      })
    },
  }
}
