import type { BackoffOptions } from '../connection/backoff.js'

/**
 * While the coordinator writes the markers of the last transaction, or another partition into this one, it refuses; that
 * takes milliseconds. A leader that asks it meanwhile whether a partition is part of the transaction refuses too: to these
 * versions of the requests as NOT_ENOUGH_REPLICAS (Produce) and COORDINATOR_LOAD_IN_PROGRESS (TxnOffsetCommit). Waits that
 * doubled would come to as much again as the markers take; these come to a quarter of it.
 */
export const concurrent: BackoffOptions = { initialRetryTime: 1, maxRetryTime: 8, growth: 1.25 }
