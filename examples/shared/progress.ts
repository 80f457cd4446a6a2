import { SingleBar } from 'cli-progress'
import type { Running } from 'sluice'

export interface Progress {
  update(done: number, total: number, lag?: number): void
  stop(): void
}

const number = new Intl.NumberFormat('en-US')

/** A bar on a terminal, a line a second elsewhere: records, their rate since the start, and the lag where there is one. */
export function showProgress(label: string, done: number, total: number): Progress {
  const bar = new SingleBar({
    format: `${label} [{bar}] {percentage}% · {records} records · {rate} records/s{lag}`,
    stream: process.stdout,
    noTTYOutput: true,
    notTTYSchedule: 1_000,
    barsize: 30,
    hideCursor: true,
  })
  const began = performance.now()
  const first = done
  const words = (now: number, lag?: number): Record<string, string> => ({
    records: number.format(now),
    rate: number.format(Math.round((now - first) / Math.max(0.001, (performance.now() - began) / 1_000))),
    lag: lag === undefined ? '' : ` · lag ${number.format(lag)}`,
  })
  bar.start(total, done, words(done))
  return {
    update(now, all, lag) {
      bar.setTotal(all)
      bar.update(now, words(now, lag))
    },
    stop: () => bar.stop(),
  }
}

/** Shows what a pipeline has read and what is before it, until the answer is called. */
export function showWork(app: Running, label: string): () => void {
  const progress = showProgress(label, 0, 1)
  const show = (): void => {
    const { records, lag } = app.status
    progress.update(records, Math.max(1, records + lag), lag)
  }
  const timer = setInterval(show, 100)
  return () => {
    clearInterval(timer)
    show()
    progress.stop()
  }
}
