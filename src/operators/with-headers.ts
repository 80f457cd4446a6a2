import type { RecordHeaders } from '../record.js'
import type { CurrentRecord } from './operator.js'
import type { Wait } from './suspend.js'

/** Sends while the current record carries other headers; afterwards it has its own again. */
export function withHeaders(headers: RecordHeaders, current: CurrentRecord, send: () => Wait): Wait {
  const former = current.headers
  current.headers = headers
  let wait: Wait
  try {
    wait = send()
  } catch (error) {
    current.headers = former
    throw error
  }
  if (wait !== undefined) return wait.finally(() => (current.headers = former))
  current.headers = former
}
