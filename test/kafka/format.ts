import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a data directory needs to know of its node. */
export interface FormattedNode {
  readonly clusterId: string
  readonly node: number
  readonly data: string
  /** Its `server.properties`. */
  readonly config: string
}

/**
 * What `kafka-storage.sh format` does. That is a JVM of its own and a second of CPU time for each node, so only the first
 * ever runs it: the features it writes down are the same for every node, and are kept beside the jars.
 */
export async function format({ clusterId, node, data, config }: FormattedNode, classPath: string): Promise<void> {
  const kept = join(dirname(classPath), 'bootstrap.checkpoint')
  const own = join(data, 'bootstrap.checkpoint')
  await mkdir(data, { recursive: true })
  if (await copied(kept, own)) {
    const meta = { version: 1, 'cluster.id': clusterId, 'node.id': node, 'directory.id': kafkaUuid() }
    const text = Object.entries(meta).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(data, 'meta.properties'), text.join(''))
    return
  }
  await run('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config])
  // Others may do the same at the same time: whole files only, whoever is last.
  const whole = `${kept}.${process.pid}.${node}`
  await copyFile(own, whole)
  await rename(whole, kept)
}

/** An id as `org.apache.kafka.common.Uuid` writes it; one with a dash in front would be taken for an option. */
export function kafkaUuid(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return false
  }
}
