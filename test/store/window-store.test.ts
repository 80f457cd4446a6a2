import { onTestFinished } from 'vitest'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { openStateDb } from '../../src/store/open-state-db.js'
import { suppressBufferContract } from './suppress-buffer.contract.js'
import { tempDir } from './temp-dir.js'
import { windowStoreContract } from './window-store.contract.js'

const inMemory = async () => new MemoryStateDb()

const onDisk = async () => {
  const db = await openStateDb(await tempDir(), { application: 'app', task: 'jobs-0' })
  onTestFinished(() => db.close())
  return db
}

windowStoreContract('memory', inMemory, 100)
windowStoreContract('LevelDB', onDisk, 10)
suppressBufferContract('memory', inMemory)
suppressBufferContract('LevelDB', onDisk)
