import type { Log, Producer } from '../../src/log/log.js'
import type { Moment } from './moments.js'

/** `kill -9`, by this process itself: nothing runs after it. */
export function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/**
 * The same log, which tells of every commit and dies, or falls asleep, at the chosen one. Commits have numbers from the time
 * on that `counts` holds.
 */
export function dieAtCommit(
  log: Log,
  kill: Moment | undefined,
  tell: (which: 'write' | 'commit' | 'asleep', number: number) => void,
  counts: () => boolean = () => true,
): Log {
  return through(log, {
    producer(options) {
      const which = options.transactionalId?.endsWith('-input') === true ? 'write' : 'commit'
      const producer = log.producer(options)
      let commits = 0
      return through(producer, {
        async commit(commit) {
          if (counts()) commits++
          const mine = kill?.at === which && commits === kill.number ? kill : undefined
          if (mine?.at === which && mine.phase === 'before') die()
          if (kill?.at === 'sleep' && which === 'commit' && commits === kill.number) {
            tell('asleep', commits)
            process.kill(process.pid, 'SIGSTOP')
          }
          const committing = producer.commit(commit)
          if (mine?.at === which && mine.phase === 'during') dieAfter(mine.delay)
          await committing
          if (mine !== undefined) die()
          tell(which, commits)
        },
      } satisfies Pick<Producer, 'commit'>)
    },
  })
}

function dieAfter(delay: number): void {
  const until = performance.now() + delay
  const look = (): void => {
    if (performance.now() >= until) die()
    setImmediate(look)
  }
  look()
}

/** An object whose other methods are those of `target`. */
export function through<T extends object>(target: T, instead: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const own = Reflect.get(instead, name)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
