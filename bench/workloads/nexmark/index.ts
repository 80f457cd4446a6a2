import { q20, q3, q8 } from './joins.js'
import { q18, q19 } from './latest.js'
import { q0, q1, q2 } from './stateless.js'
import { q11, q12, q5, q7 } from './windows.js'
import { q4, q6 } from './winning-bids.js'
import type { Workload } from '../../harness/workload.js'

export const nexmark: readonly Workload[] = [q0, q1, q2, q3, q4, q5, q6, q7, q8, q11, q12, q18, q19, q20]
