import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { json, kafka, long, pipeline, recordWriter, string, topic, type KafkaOptions } from 'sluice'
import { startBroker } from '../../test/kafka/broker.js'
import { median } from '../harness/statistics.js'

const jobs = topic('jobs', { key: string, value: json<{ status: string }>() })
const counted = topic('counted', { key: string, value: long })
const commits = 15
/** From one record to the next: its commit is over by then, and the next transaction begun. */
const restMs = 200
const sizeBytes = 4
/** They come with time, not with commits: fetches and heartbeats. */
const others = new Set([1, 12])

/**
 * How many requests a commit on Kafka takes, the beginning of its transaction among them: those of a pipeline that counts,
 * which gets a record now and then, of the middle one of some commits. On a broker of our own.
 */
export async function requestsOfACommit(): Promise<number> {
  await using broker = await startBroker({ heap: '512m' })
  const { brokers } = broker
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-guard-'))
  const outside = await kafka({ brokers }).open()
  await outside.topics.create([jobs, counted].map(({ name }) => ({ name, partitions: 2 })))
  const producer = outside.producer({})
  await producer.init()
  const writer = await recordWriter(outside, producer, [jobs.name])

  const requests = { count: 0 }
  const counting = pipeline('guard-requests')
  counting.stream(jobs).groupByKey().count({ as: 'counts' }).toStream().to(counted)
  const app = await counting.start({ log: kafka({ brokers, socketFactory: countedSockets(requests) }), stateDir })
  const found: number[] = []
  for (let i = 0; i < commits; i++) {
    await sleep(restMs)
    requests.count = 0
    writer.write(jobs, { key: `key-${i % 3}`, value: { status: 'completed' } })
    writer.handOver()
    await producer.flush()
    await sleep(restMs)
    found.push(requests.count)
  }
  await app.close()
  await producer.close()
  await outside.close()
  await rm(stateDir, { recursive: true, force: true })
  return median(found)
}

/** Sockets that count the requests written to them: each is its size, its kind and the rest. */
function countedSockets(requests: { count: number }): KafkaOptions['socketFactory'] {
  return ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect)
    const write = socket.write.bind(socket)
    let bytes = Buffer.alloc(0)
    socket.write = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= sizeBytes && bytes.length >= sizeBytes + bytes.readInt32BE(0)) {
        if (!others.has(bytes.readInt16BE(sizeBytes))) requests.count++
        bytes = bytes.subarray(sizeBytes + bytes.readInt32BE(0))
      }
      return write(chunk)
    }
    return socket
  }
}
