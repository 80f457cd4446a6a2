import type { Workload } from '../harness/workload.js'
import { countPerKey } from './count.js'

export const workloads: readonly Workload[] = [countPerKey('count', 100_000)]
