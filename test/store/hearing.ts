import { RecordHeaders } from '../../src/record.js'
import type { Hearing } from '../../src/store/key-value.js'

/** A listener that looks at everything, of records without headers. */
export const hearing: Hearing = {
  anybody: true,
  key: true,
  value: true,
  old: true,
  bytes: () => {},
  headers: () => RecordHeaders.none,
  under: (_, tell) => tell(),
}
