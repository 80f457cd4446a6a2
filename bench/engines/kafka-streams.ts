import { java } from '../harness/java.js'
import { runOnKafka } from '../harness/on-kafka.js'
import type { Engine } from '../harness/engine.js'

// The parallel collector makes it about 15 % faster here than Java's default, G1. A larger max.poll.records does not help.
const jvm = ['-Xmx1g', '-XX:+UseParallelGC']

/** Kafka Streams with one stream thread, exactly_once_v2 and RocksDB. */
export const kafkaStreams: Engine = {
  name: 'kafka-streams',
  onKafka: true,
  share: 1,
  settings: `Kafka Streams 4.3.1, 1 stream thread, exactly_once_v2, RocksDB, ${jvm.join(' ')}`,
  async run(round) {
    const { workload, cluster, application, inputs, output, directory } = round
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
    const flags = process.env['BENCH_JVM']?.split(' ') ?? jvm
    return runOnKafka(round, await java(workload.kafkaStreams, args, flags))
  },
}
