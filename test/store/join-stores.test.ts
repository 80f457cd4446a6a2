import { onTestFinished } from 'vitest'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { openStateDb } from '../../src/store/open-state-db.js'
import type { StateDb } from '../../src/store/state-db.js'
import { joinBufferContract } from './join-buffer.contract.js'
import { subscriptionsContract } from './subscriptions.contract.js'
import { tempDir } from './temp-dir.js'
import { timeOrderedContract } from './time-ordered.contract.js'
import { versionedContract } from './versioned.contract.js'

const inMemory = async (): Promise<StateDb> => new MemoryStateDb()

const onDisk = async (): Promise<StateDb> => {
  const db = await openStateDb(await tempDir(), { application: 'app', task: 'jobs-0' })
  onTestFinished(() => db.close())
  return db
}

versionedContract('memory', inMemory, 100)
versionedContract('LevelDB', onDisk, 8)
joinBufferContract('memory', inMemory, 100)
joinBufferContract('LevelDB', onDisk, 8)
timeOrderedContract('memory', inMemory, 100)
timeOrderedContract('LevelDB', onDisk, 8)
subscriptionsContract('memory', inMemory)
subscriptionsContract('LevelDB', onDisk)
