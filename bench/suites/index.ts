import { workloads } from '../workloads/index.js'
import { ceilings } from './ceilings.js'
import { growth } from './growth.js'
import { heap } from './heap.js'
import { latency } from './latency.js'
import { layers } from './layers.js'
import { restore } from './restore.js'
import { startUp } from './start-up.js'
import { throughput } from './throughput.js'
import type { Suite } from '../harness/suite.js'

export const suites: readonly Suite[] = [
  ...workloads.map(throughput),
  latency,
  restore,
  startUp,
  heap,
  ceilings,
  layers,
  growth,
]
