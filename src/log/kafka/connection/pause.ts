/** Waits, at most until one of the signals comes; never rejects. */
export function pause(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise(resolve => {
    if (signals.some(signal => signal.aborted)) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    for (const signal of signals) signal.addEventListener('abort', done)
  })
}
