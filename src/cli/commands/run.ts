import { counted } from '../../errors.js'
import { duration, moduleName, parse, UsageError, wholeNumber } from '../args.js'
import type { Command } from '../command.js'
import { httpAddress } from '../http/http-option.js'
import { serveState, type StateServer } from '../http/serve-state.js'
import { loadPipeline } from '../load-module.js'
import { logConfig, logName, logOptions, logUsage } from '../log-options.js'
import { sayStatus } from '../status-lines.js'

const usage = `sluice run <module> ${logUsage}
                  [--until-drained] [--threads <n>] [--standbys <n>] [--commit-interval <ms>] [--state-dir <dir>]
                  [--guarantee exactly-once|at-least-once] [--zone <name>] [--status <duration>]
                  [--http <port or host:port>]
       --status 5s tells every five seconds how far behind it is, and what is held back
       --http 8080 answers to sluice query, on this machine; 0.0.0.0:8080 to whoever reaches the port`

export const run: Command = {
  usage,
  summary: 'runs the pipeline that a module (JavaScript or TypeScript) exports by default',
  async run(args, { say, signal }) {
    const { values, positionals } = parse(args, usage, {
      ...logOptions,
      'until-drained': { type: 'boolean' },
      'commit-interval': { type: 'string' },
      threads: { type: 'string' },
      standbys: { type: 'string' },
      'state-dir': { type: 'string' },
      guarantee: { type: 'string' },
      zone: { type: 'string' },
      status: { type: 'string' },
      http: { type: 'string' },
    })
    const module = moduleName(positionals, usage)
    const { guarantee, zone } = values
    if (guarantee !== undefined && guarantee !== 'exactly-once' && guarantee !== 'at-least-once') {
      throw new UsageError(`--guarantee is exactly-once or at-least-once, not "${guarantee}"`, usage)
    }
    const commitInterval = wholeNumber(values['commit-interval'], '--commit-interval', usage)
    const threads = wholeNumber(values.threads, '--threads', usage, 1)
    const standbys = wholeNumber(values.standbys, '--standbys', usage)
    const stateDir = values['state-dir']
    const statusEvery = duration(values.status, '--status', usage)
    if (statusEvery === 0) throw new UsageError('--status takes a duration above 0', usage)
    const http = values.http === undefined ? undefined : httpAddress(values.http, usage)
    const log = await logConfig(values, usage)

    const pipeline = await loadPipeline(module)
    const start = pipeline.start({
      log,
      signal,
      ...(commitInterval === undefined ? {} : { commitInterval }),
      ...(threads === undefined ? {} : { threads }),
      ...(standbys === undefined ? {} : { standbys }),
      ...(stateDir === undefined ? {} : { stateDir }),
      ...(guarantee === undefined ? {} : { guarantee }),
      ...(zone === undefined ? {} : { zone }),
    })
    const app = await start.catch((error: unknown) => {
      // Asked to stop before it ran: nothing went wrong. By its name: the module may have another copy of the package.
      if (signal.aborted && (error as { code?: unknown }).code === 'NOT_RUNNING') return undefined
      throw error
    })
    if (app === undefined) return say('stopped before it ran')
    let server: StateServer | undefined
    const quiet = statusEvery === undefined ? undefined : sayStatus(() => app.status, statusEvery, say)
    try {
      if (http !== undefined) {
        server = await serveState(app, pipeline.lower(), http)
        say(`its state: http://${server.address}/stores, or sluice query --http ${server.address}`)
      }
      say(`${module} runs on ${logName(values)}; Ctrl-C finishes, commits and stops it`)
      await (values['until-drained'] === true ? app.drained() : app.closed)
    } catch (error) {
      // Asked to stop before the end: closing is all that is left to do. It tells of the error that stopped the pipeline.
      if (!signal.aborted) throw error
    } finally {
      quiet?.()
      await server?.close()
      await app.close()
    }
    const { records, commits } = app.status
    say(`stopped after ${counted(records, 'record')} and ${counted(commits, 'commit')}`)
  },
}
