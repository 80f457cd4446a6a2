import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { GroupClaim } from '../../log.js'
import type { Cluster } from '../connection/cluster.js'
import type { KafkaSettings } from '../options.js'
import { HeartbeatLoop, type Heartbeats, type OnHeartbeatCode } from './heartbeat-loop.js'
import type { FromHeartbeatWorker, HeartbeatWorkerData, ToHeartbeatWorker } from './messages.js'

/** How often the event loop of the owner shows that it turns, in milliseconds. */
const progressInterval = 1000

/** Heartbeats for a group: on a thread of their own where the options can be sent there, else on this one. */
export function heartbeats(cluster: Cluster, group: string, onCode: OnHeartbeatCode): Heartbeats {
  const settings = cloneable(cluster)
  return settings === undefined
    ? new HeartbeatLoop(cluster, group, onCode)
    : new HeartbeatThread(cluster, settings, group, onCode)
}

/** The settings without functions; `undefined` where the connection needs one (a socket factory, an OAuth provider). */
function cloneable(cluster: Cluster): Omit<KafkaSettings, 'onError'> | undefined {
  const { onError: _, ...settings } = cluster.settings
  const { logCreator: __, ...client } = settings.client
  try {
    return structuredClone({ ...settings, client: { ...client, brokers: cluster.addresses } })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return undefined
    throw error
  }
}

/** Nobody waits for the thread: once made, it comes up, connects and beats without the event loop of its owner. */
class HeartbeatThread implements Heartbeats {
  readonly #cluster: Cluster
  readonly #group: string
  readonly #onCode: OnHeartbeatCode
  readonly #worker: Worker
  readonly #timer: NodeJS.Timeout
  /** Where the thread looks for brokers. */
  #brokers: readonly string[]
  #claim: GroupClaim | undefined
  #fallback: HeartbeatLoop | undefined
  #closed = false

  constructor(cluster: Cluster, settings: HeartbeatWorkerData['settings'], group: string, onCode: OnHeartbeatCode) {
    this.#cluster = cluster
    this.#group = group
    this.#onCode = onCode
    const counter = new Int32Array(new SharedArrayBuffer(4))
    this.#brokers = cluster.addresses
    this.#timer = setInterval(() => {
      Atomics.add(counter, 0, 1)
      this.#passBrokers()
    }, progressInterval).unref()
    const workerData: HeartbeatWorkerData = { settings, group, progress: counter.buffer }
    this.#worker = startWorker(workerData)
    this.#worker.on('message', (message: FromHeartbeatWorker) => {
      if (message.kind === 'code') onCode(message.claim, message.error)
      else cluster.tell(message.what)
    })
    this.#worker.on('error', error => this.#fallBack(error))
  }

  start(claim: GroupClaim): void {
    this.#claim = claim
    if (this.#fallback !== undefined) this.#fallback.start(claim)
    else this.#tell({ kind: 'start', claim })
  }

  stop(): void {
    this.#claim = undefined
    if (this.#fallback !== undefined) this.#fallback.stop()
    else this.#tell({ kind: 'stop' })
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    if (this.#fallback !== undefined) this.#fallback.close()
    else this.#tell({ kind: 'close' })
  }

  /** The thread reads no metadata: without this it would lose a cluster whose brokers all come to have other addresses. */
  #passBrokers(): void {
    const brokers = this.#cluster.addresses
    if (brokers.length === 0 || brokers.join() === this.#brokers.join()) return
    this.#brokers = brokers
    this.#tell({ kind: 'brokers', brokers })
  }

  #tell(message: ToHeartbeatWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message)
  }

  /** The thread has died: better heartbeats that can starve than none. */
  #fallBack(error: Error): void {
    if (this.#closed) return
    this.#cluster.report('the thread of the heartbeats ended', error)
    this.#fallback = new HeartbeatLoop(this.#cluster, this.#group, this.#onCode)
    if (this.#claim !== undefined) this.#fallback.start(this.#claim)
  }
}

function startWorker(workerData: HeartbeatWorkerData): Worker {
  const require = createRequire(import.meta.url)
  // By its name in `package.json`: the build puts this code into a chunk that lies elsewhere.
  if (!import.meta.url.endsWith('.ts')) return new Worker(require.resolve('#heartbeat-worker'), { workerData })
  // From source (tests, tsx) the thread needs the loader too, which `--import tsx` gives to main threads only.
  const tsx = require.resolve('tsx/package.json')
  const api = new URL('./dist/esm/api/index.mjs', pathToFileURL(tsx)).href
  const script = `import(${JSON.stringify(api)}).then(tsx => tsx.tsImport('./heartbeat-worker.ts', ${JSON.stringify(import.meta.url)}))`
  return new Worker(script, { workerData, eval: true })
}
