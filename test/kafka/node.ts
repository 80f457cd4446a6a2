import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One server process. */
export interface Node {
  readonly running: boolean
  /** Of the command, once it runs. */
  readonly pid: number | undefined
  /** What it said last on its output. */
  readonly output: string
  /** Settles when it ends though nobody killed it here, with its last output. */
  readonly lost: Promise<string>
  signal(name: NodeJS.Signals): void
  /** `kill -9`; done when the process is gone. */
  kill(): Promise<void>
}

/**
 * Starts a command that cannot outlive this process: a shell waits on our pipe and kills the command when it closes, which
 * it also does when this process is killed.
 */
export function startNode(command: string, args: readonly string[]): Node {
  const script =
    '"$@" 2>&1 </dev/null & pid=$!; echo "pid $pid"; exec 3<&0; (read -r _ <&3; kill -9 $pid 2>/dev/null) & wait $pid'
  const shell = spawn('sh', ['-c', script, 'sh', command, ...args], { stdio: ['pipe', 'pipe', 'ignore'] })
  let pid: number | undefined
  let running = true
  const lines: string[] = []
  const started = new Promise<number>((resolve, reject) => {
    createInterface({ input: shell.stdout }).on('line', line => {
      if (pid === undefined && line.startsWith('pid ')) resolve((pid = Number(line.slice(4))))
      else if (lines.push(line) > 50) lines.shift()
    })
    shell.once('error', reject)
  })
  let killed = false
  const gone = new Promise<void>(resolve =>
    shell.once('exit', () => {
      running = false
      resolve()
    }),
  )
  const lost = new Promise<string>(resolve => void gone.then(() => killed || resolve(lines.join('\n'))))
  const signal = (name: NodeJS.Signals): void => {
    if (!running || pid === undefined) return
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  return {
    get running() {
      return running
    },
    get pid() {
      return pid
    },
    get output() {
      return lines.join('\n')
    },
    lost,
    signal,
    async kill() {
      killed = true
      if (running) await Promise.race([started, gone])
      signal('SIGKILL')
      await gone
      shell.stdin.destroy()
    },
  }
}
