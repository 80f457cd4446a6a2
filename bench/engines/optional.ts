import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { KafkaEngine, Place } from '../harness/engine.js'

const run = promisify(execFile)

/** What a program of another stream processor is told, as JSON in its first argument. */
function launchOf({ workload, cluster, application, inputs, output, directory }: Place): string {
  const { commitIntervalMs } = workload
  return JSON.stringify({
    brokers: cluster.brokers,
    application,
    input: inputs[0],
    output,
    directory,
    commitIntervalMs,
  })
}

function fileOf(folder: string, name: string): string {
  return fileURLToPath(new URL(`../${folder}/${name}`, import.meta.url))
}

/** kafkats, where `npm install --no-save @kafkats/flow` has been run. */
export const kafkats: KafkaEngine = {
  name: 'kafkats',
  onKafka: true,
  share: 0.002,
  settings: '@kafkats/flow, exactly_once, state in memory, changelog',
  does: ({ program }) => existsSync(fileOf('kafkats', `${program}.mjs`)),
  async missing() {
    try {
      createRequire(import.meta.url).resolve('@kafkats/flow')
      return undefined
    } catch {
      return '@kafkats/flow is not installed'
    }
  },
  async command(place) {
    return { command: process.execPath, args: [fileOf('kafkats', `${place.workload.program}.mjs`), launchOf(place)] }
  },
}

const python = process.env['BENCH_PYTHON'] ?? 'python3'

/** Quix Streams, where Python has it. */
export const quix: KafkaEngine = {
  name: 'quix-streams',
  onKafka: true,
  share: 0.1,
  settings: 'Quix Streams, exactly-once, RocksDB, changelog',
  does: ({ program }) => existsSync(fileOf('quix', `${program}.py`)),
  missing: () =>
    run(python, ['-c', 'import quixstreams']).then(
      () => undefined,
      () => `${python} has no quixstreams (BENCH_PYTHON names another Python)`,
    ),
  async command(place) {
    return { command: python, args: [fileOf('quix', `${place.workload.program}.py`), launchOf(place)] }
  },
}
