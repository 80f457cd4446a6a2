import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../log/log.js'
import { openStateDb } from '../store/open-state-db.js'
import { MemoryStateDb } from '../store/memory-db.js'
import type { StateDb } from '../store/state-db.js'
import { positionsStore } from './changelog.js'

/** Where the state of an instance's tasks lies, and what names the instance. */
export interface StateHome {
  /** Stable for as long as the state is kept, so that a restart aborts what it left open. */
  readonly instance: string
  /** Whether tasks write changelogs: yes, unless the log commits state together with records. */
  readonly changelogs: boolean
  /** How many workers the instance had when it last ran; 0 where that does not outlive a process. */
  readonly formerSlots: number
  keepSlots(slots: number): Promise<void>
  /** With a signal, waiting for a database that another thread still has can be given up. */
  open(task: string, signal?: AbortSignal): Promise<StateDb>
  /** Keeps the task's state under another name and begins anew. Answers where the old state is now. */
  setAside(task: string, db: StateDb): Promise<string>
  /** The tasks that there is state of, open or not, where it outlives a process. */
  kept(): readonly string[]
  /** Gives back what `open` gave. */
  release(db: StateDb): Promise<void>
  close(): Promise<void>
}

/**
 * - the embedded log: in its own LevelDB, written in the same atomic step as the records
 * - the memory log: in memory, restored from changelogs as on Kafka
 * - Kafka: one LevelDB per task, under `<stateDir>/<application>/`; the directory has one owner
 *
 * @throws SluiceError STATE_LOCKED, STATE_FOREIGN, STATE_DAMAGED
 */
export async function stateHome(log: Log, application: string, stateDir: string): Promise<StateHome> {
  if (log.state !== undefined) return shared(log.state)
  if (log.kind === 'memory') return inMemory()
  return onDisk(application, join(stateDir, application))
}

function shared(db: StateDb): StateHome {
  const nothing = async () => {}
  return {
    instance: randomUUID(),
    changelogs: false,
    formerSlots: 0,
    keepSlots: nothing,
    open: async () => db,
    setAside: async () => '',
    kept: () => [],
    release: nothing,
    close: nothing,
  }
}

function inMemory(): StateHome {
  return {
    instance: randomUUID(),
    changelogs: true,
    formerSlots: 0,
    keepSlots: async () => {},
    open: async () => new MemoryStateDb(),
    setAside: async () => 'memory',
    kept: () => [],
    release: db => db.close(),
    close: async () => {},
  }
}

async function onDisk(application: string, dir: string): Promise<StateHome> {
  const lock = await openStateDb(join(dir, 'instance'), { application, task: 'instance' })
  const former = lock.store('instance').get(slotsKey)
  return {
    ...taskDirs(application, dir),
    instance: await instanceId(lock),
    changelogs: true,
    formerSlots: former === undefined ? 0 : Number(Buffer.from(former).toString('utf8')),
    async keepSlots(slots) {
      const batch = lock.batch()
      batch.put('instance', slotsKey, Buffer.from(String(slots)))
      await lock.write(batch)
    },
    close: () => lock.close(),
  }
}

const slotsKey = Buffer.from('slots')

/** The databases of tasks in a state directory. */
export function taskDirs(application: string, dir: string): Pick<StateHome, 'open' | 'setAside' | 'kept' | 'release'> {
  const all = join(dir, 'tasks')
  const dirOf = (task: string) => join(all, encodeURIComponent(task))
  return {
    async open(task) {
      const db = await openStateDb(dirOf(task), { application, task })
      // Asked for first, it has the lowest number: a table of LevelDB's with its entries and the list of numbers spans no other store.
      db.store(positionsStore)
      return db
    },
    async setAside(task, db) {
      await db.close()
      const aside = `${dirOf(task)}.aside-${Date.now()}`
      await rename(dirOf(task), aside)
      return aside
    },
    kept: () => (existsSync(all) ? readdirSync(all).filter(isTask).map(decodeURIComponent) : []),
    release: db => db.close(),
  }
}

/** Neither what was set aside nor an instance's global tables: no task is named like that. */
function isTask(directory: string): boolean {
  return /-\d+$/.test(directory) && !directory.includes('.aside-')
}

async function instanceId(db: StateDb): Promise<string> {
  const key = Buffer.from('id')
  const stored = db.store('instance').get(key)
  if (stored !== undefined) return Buffer.from(stored).toString('utf8')
  const id = randomUUID()
  const batch = db.batch()
  batch.put('instance', key, Buffer.from(id))
  await db.write(batch)
  return id
}
