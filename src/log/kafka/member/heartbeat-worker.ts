import { parentPort, workerData } from 'node:worker_threads'
import type { GroupClaim } from '../../log.js'
import { code } from '../codes.js'
import { Cluster } from '../connection/cluster.js'
import { CoordinatorLink } from '../connection/coordinators.js'
import { leaveGroupRequest } from '../requests/leave-group.js'
import { HeartbeatLoop } from './heartbeat-loop.js'
import type { FromHeartbeatWorker, HeartbeatWorkerData, ToHeartbeatWorker } from './messages.js'

// The thread of a member's heartbeats, with connections of its own, so that nothing the owner does can starve them.

const { settings, group, progress } = workerData as HeartbeatWorkerData
const counter = new Int32Array(progress)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const tell = (message: FromHeartbeatWorker): void => parentPort!.postMessage(message)
// Nobody waits for its start, so it goes on looking for brokers until it is told to end.
const cluster = new Cluster({
  ...settings,
  startTimeout: Infinity,
  onError: ({ what }) => tell({ kind: 'report', what }),
})
let seen = Atomics.load(counter, 0)
let seenAt = performance.now()

/** Whether the owner's event loop has turned within `maxPollInterval`; if not, its tasks are given to others. */
async function ownerIsAlive(claim: GroupClaim): Promise<boolean> {
  const now = Atomics.load(counter, 0)
  if (now !== seen) {
    seen = now
    seenAt = performance.now()
  }
  if (performance.now() - seenAt < settings.maxPollInterval) return true
  tell({ kind: 'code', claim, error: code.unknownMemberId })
  // A static member stays until its session is over, as in Kafka.
  if (claim.instanceId === undefined) {
    const coordinator = new CoordinatorLink(cluster, cluster.link(), 'group', group)
    await coordinator.send(leaveGroupRequest(claim), one => one).catch(() => {})
  }
  return false
}

const loop = new HeartbeatLoop(cluster, group, (claim, error) => tell({ kind: 'code', claim, error }), ownerIsAlive)

/** What the owner wants beats for, and whether there is a broker that they can go to. */
let wanted: GroupClaim | undefined
let connected = false
const beat = (): void => {
  if (connected && wanted !== undefined) loop.start(wanted)
}

parentPort!.on('message', (message: ToHeartbeatWorker) => {
  if (message.kind === 'stop') {
    wanted = undefined
    loop.stop()
  } else if (message.kind === 'start') {
    seenAt = performance.now()
    wanted = message.claim
    beat()
  } else if (message.kind === 'brokers') {
    cluster.seed(message.brokers)
  } else {
    loop.close()
    parentPort!.close()
    void cluster.close()
  }
})

try {
  await cluster.start()
  connected = true
  beat()
} catch (error) {
  // Told to end before it had begun, it has nothing to say; any other failure ends the thread, which its owner notices.
  if (!cluster.closing.aborted) throw error
}
