import type { StateReader } from '../../query/store-reader.js'
import { asBuffer } from '../../serde/buffer.js'
import type { StateRange } from '../../store/state-db.js'
import type { Entry, StoreAddress } from './messages.js'
import type { Thread } from './thread.js'

/** The committed bytes of a store in another thread. */
export function remoteStore(thread: Thread, of: StoreAddress): StateReader {
  return {
    async get(key) {
      const found = (await thread.ask({ ask: 'get', of, key: new Uint8Array(key) })) as Uint8Array | undefined
      return found === undefined ? undefined : asBuffer(found)
    },
    async *entries(range = {}) {
      const scan = (await thread.ask({ ask: 'scan', of, range: copied(range) })) as number
      try {
        for (;;) {
          const page = (await thread.ask({ ask: 'more', scan })) as readonly Entry[]
          if (page.length === 0) return
          for (const [key, value] of page) yield [asBuffer(key), asBuffer(value)]
        }
      } finally {
        thread.ask({ ask: 'stop', scan }).catch(() => {})
      }
    },
  }
}

/** Tight copies: a clone of a view would take all of the memory behind it along. */
function copied({ gte, lt, reverse }: StateRange): StateRange {
  return {
    ...(gte === undefined ? {} : { gte: new Uint8Array(gte) }),
    ...(lt === undefined ? {} : { lt: new Uint8Array(lt) }),
    ...(reverse === undefined ? {} : { reverse }),
  }
}
