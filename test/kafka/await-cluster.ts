import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { Node } from './node.js'

const patience = 60_000

/** Waits until each running node answers by itself and knows of all the others. `brokers[i]` is the address of `nodes[i]`. */
export async function awaitCluster(brokers: readonly string[], nodes: readonly Node[]): Promise<void> {
  const live = brokers.filter((_, index) => nodes[index]!.running)
  await Promise.all(live.map(address => awaitNode(address, live.length, nodes[brokers.indexOf(address)]!)))
}

async function awaitNode(address: string, count: number, node: Node): Promise<void> {
  const options = { brokers: [address], logLevel: logLevel.NOTHING, connectionTimeout: 1000, retry: { retries: 0 } }
  const deadline = Date.now() + patience
  let last: unknown
  while (Date.now() < deadline) {
    if (!node.running) throw new Error(`Kafka ended while it was starting:\n${node.output}`)
    const admin = new Kafka(options).admin()
    try {
      await admin.connect()
      if ((await admin.describeCluster()).brokers.length >= count) return
    } catch (error) {
      last = error
    } finally {
      await admin.disconnect()
    }
    await sleep(100)
  }
  throw new Error(`Kafka at ${address} did not start within ${patience / 1000} s: ${String(last)}`)
}
