import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaClassPath } from './jars.js'
import { awaitCluster } from './await-cluster.js'
import { format, kafkaUuid } from './format.js'
import { startNode, type Node } from './node.js'
import { freePorts } from './ports.js'

export interface BrokerOptions {
  /** 3 gives a cluster whose internal topics have three copies; nodes are numbered from 1. */
  readonly nodes?: 1 | 3
  /** Settings of `server.properties`, over the harness's own. */
  readonly properties?: Readonly<Record<string, string | number>>
  readonly heap?: string
  /** Listeners beside the usual one: name and protocol (`SASL_SSL`). What they need is in `properties`. */
  readonly listeners?: Readonly<Record<string, string>>
  /**
   * Starts the JVM as Kafka's own `kafka-server-start.sh` and `kafka-run-class.sh` do. Otherwise it stops at the first compiler:
   * a broker that lives for seconds spends half of its time on the second one in vain.
   */
  readonly forMeasurements?: boolean
}

/** A real Kafka of one or three KRaft nodes on free ports, with its data in a temporary directory. */
export interface Broker extends AsyncDisposable {
  readonly brokers: string[]
  /** The addresses of a listener that was asked for. */
  listener(name: string): string[]
  /** Holds a `server.log` for each node. */
  readonly directory: string
  /** Of the nodes that have been started. */
  readonly pids: readonly number[]
  /** Settles when a node ends though nobody killed it here, with its last output. */
  readonly lost: Promise<string>
  /** `kill -9` of one node (1 by default). */
  kill(node?: number): Promise<void>
  /** Starts a killed node again, on its port and its data; done when it is part of the cluster. */
  restart(node?: number): Promise<void>
  /** Freezes (`SIGSTOP`) or thaws (`SIGCONT`) one node. */
  freeze(node: number, frozen: boolean): void
  stop(): Promise<void>
}

/** Starts Kafka from its own jars, about 2 s for one node. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const count = options.nodes ?? 1
  const classPath = await kafkaClassPath()
  const more = Object.keys(options.listeners ?? {})
  const ports = await freePorts(count * (2 + more.length))
  const directory = await mkdtemp(join(tmpdir(), 'sluice-kafka-'))
  const addresses = (kind: number): string[] =>
    ports.slice(kind * count, (kind + 1) * count).map(port => `127.0.0.1:${port}`)
  const brokers = addresses(0)
  const listeners = (node: number): Listener[] =>
    Object.entries(options.listeners ?? {}).map(([name, protocol], at) => ({
      name,
      protocol,
      address: addresses(2 + at)[node]!,
    }))
  const clusterId = kafkaUuid()

  const files = await Promise.all(
    brokers.map(async (_, index) => {
      const home = join(directory, `node-${index + 1}`)
      await mkdir(home)
      const file = join(home, 'server.properties')
      const text = Object.entries({
        ...serverProperties(index, ports.slice(0, count * 2), home, listeners(index)),
        ...options.properties,
      })
      await writeFile(file, text.map(([name, value]) => `${name}=${value}\n`).join(''))
      await writeFile(join(home, 'log4j.properties'), log4j(join(home, 'server.log')))
      await format({ clusterId, node: index + 1, data: join(home, 'data'), config: file }, classPath)
      return home
    }),
  )

  const heap = options.heap ?? (count === 1 ? '1g' : '512m')
  let tellLost: (output: string) => void
  const lost = new Promise<string>(resolve => (tellLost = resolve))
  const start = (home: string): Node => {
    const node = startNode('java', [
      `-Xmx${heap}`,
      ...(options.forMeasurements === true ? [`-Xms${heap}`, ...kafkasOwn] : ['-XX:TieredStopAtLevel=1']),
      `-Dlog4j.configuration=file:${join(home, 'log4j.properties')}`,
      '-cp',
      classPath,
      'kafka.Kafka',
      join(home, 'server.properties'),
    ])
    void node.lost.then(tellLost)
    return node
  }
  const nodes = files.map(start)
  const at = (node: number): Node => {
    const found = nodes[node - 1]
    if (found === undefined) throw new Error(`there is no node ${node}`)
    return found
  }
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(node => node.kill()))
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await awaitCluster(brokers, nodes)
  } catch (error) {
    const said = await Promise.all(files.map(firstError))
    await stop()
    throw new Error(`${(error as Error).message}\n${said.join('\n')}`, { cause: error })
  }
  return {
    brokers,
    listener: name => addresses(2 + more.indexOf(name)),
    directory,
    get pids() {
      return nodes.flatMap(({ pid }) => pid ?? [])
    },
    lost,
    kill: (node = 1) => at(node).kill(),
    restart: async (node = 1) => {
      await at(node).kill()
      nodes[node - 1] = start(files[node - 1]!)
      await awaitCluster(brokers, nodes)
    },
    freeze: (node, frozen) => at(node).signal(frozen ? 'SIGSTOP' : 'SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** `KAFKA_JVM_PERFORMANCE_OPTS`, where it is not set. */
const kafkasOwn = [
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
]

interface Listener {
  readonly name: string
  readonly protocol: string
  readonly address: string
}

function serverProperties(
  index: number,
  ports: readonly number[],
  home: string,
  more: readonly Listener[],
): Record<string, string | number> {
  const count = ports.length / 2
  const voters = Array.from({ length: count }, (_, node) => `${node + 1}@127.0.0.1:${ports[count + node]}`)
  return {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': voters.join(','),
    listeners: [
      `PLAINTEXT://127.0.0.1:${ports[index]}`,
      `CONTROLLER://127.0.0.1:${ports[count + index]}`,
      ...more.map(({ name, address }) => `${name}://${address}`),
    ].join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': [
      'PLAINTEXT:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...more.map(({ name, protocol }) => `${name}:${protocol}`),
    ].join(','),
    'log.dirs': join(home, 'data'),
    'auto.create.topics.enable': 'false',
    // Tests write records with old timestamps; time retention would delete them within minutes.
    'log.retention.ms': -1,
    // A killed node may come back only when its old session is over.
    'broker.session.timeout.ms': 4000,
    'broker.heartbeat.interval.ms': 1000,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'offsets.topic.replication.factor': count,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': count,
    'transaction.state.log.min.isr': count === 1 ? 1 : 2,
    'transaction.state.log.num.partitions': 4,
    // How often transactions are looked for that are open for too long; 10 s by default.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
    'share.coordinator.state.topic.replication.factor': count,
    'share.coordinator.state.topic.min.isr': 1,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  }
}

function log4j(file: string): string {
  return `log4j.rootLogger=INFO, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File=${file}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d %p %m (%c)%n
`
}

/** What a node wrote into its log from its first error on, which tells why it did not start. */
async function firstError(home: string): Promise<string> {
  const lines = (await readFile(join(home, 'server.log'), 'utf8').catch(() => '')).split('\n')
  const at = lines.findIndex(line => / (ERROR|FATAL) /.test(line))
  return at === -1 ? 'its log has no error' : lines.slice(at, at + 20).join('\n')
}
