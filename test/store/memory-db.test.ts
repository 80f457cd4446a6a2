import { MemoryStateDb } from '../../src/store/memory-db.js'
import { stateDbContract } from './state-db.contract.js'

stateDbContract('MemoryStateDb', async () => new MemoryStateDb())
