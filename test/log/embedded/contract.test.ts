import { embedded } from '../../../src/log/embedded/embedded.js'
import { logContract } from '../contract.js'
import { makeDirectory, removeDirectory } from '../temporary.js'

const variants = [
  ['embedded', {}],
  // Nothing stays in memory: everything is read from the disk again.
  ['embedded, read from disk', { recentBytes: 0 }],
  ['embedded, durable', { durable: true }],
] as const

for (const [name, options] of variants) {
  logContract(
    name,
    async () => {
      const dir = await makeDirectory()
      const log = await embedded(dir, options).open()
      const close = async (): Promise<void> => {
        await log.close()
        await removeDirectory(dir)
      }
      return { log, close }
    },
    { showsUncommitted: false },
  )
}
