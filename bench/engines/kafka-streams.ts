import { java } from '../harness/java.js'
import type { KafkaEngine } from '../harness/engine.js'

// The parallel collector makes it about 15 % faster here than Java's default, G1. A larger max.poll.records does not help.
const jvm = ['-Xmx1g', '-XX:+UseParallelGC']

/** Kafka Streams with one stream thread, exactly_once_v2 and RocksDB. */
export const kafkaStreams: KafkaEngine = kafkaStreamsOn('kafka-streams', process.env['BENCH_JVM']?.split(' ') ?? jvm)

/** The same with the largest heap in MiB. */
export function kafkaStreamsWithHeap(mebibytes: number): KafkaEngine {
  return kafkaStreamsOn(`kafka-streams, heap ${mebibytes} MiB`, [`-Xmx${mebibytes}m`, ...jvm.slice(1)])
}

function kafkaStreamsOn(name: string, flags: readonly string[]): KafkaEngine {
  return {
    name,
    onKafka: true,
    share: 1,
    settings: `Kafka Streams 4.3.1, 1 stream thread, exactly_once_v2, RocksDB, ${flags.join(' ')}`,
    does: ({ kafkaStreams }) => kafkaStreams !== undefined,
    async command({ workload, cluster, application, inputs, output, directory }) {
      const options = {
        brokers: cluster.brokers.join(','),
        application,
        inputs: inputs.join(','),
        output,
        'state-dir': directory,
        threads: 1,
        guarantee: 'exactly_once_v2',
        'commit-interval': workload.commitIntervalMs,
        'cache-bytes': workload.cacheBytes,
      }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      return java(workload.kafkaStreams!, args, flags)
    },
  }
}
