import { memoryLog } from '../../src/log/memory/memory-log.js'
import { logContract } from './contract.js'

logContract(
  'memory',
  async () => {
    const log = memoryLog()
    return { log, close: () => log.close() }
  },
  { showsUncommitted: false },
)
