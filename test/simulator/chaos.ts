import { SluiceError } from '../../src/errors.js'
import type { Log, Member, Producer, Reader } from '../../src/log/log.js'
import { through } from '../faults/die.js'

/** What becomes of a commit. `late`: it takes place, and then the caller is told the opposite, or nothing any more. */
export type CommitFate =
  | 'fine'
  | 'refused'
  | 'fenced'
  | 'unknown, lost'
  | 'unknown, late'
  | 'crash before'
  | 'crash late'
/** What becomes of another request. */
export type RequestFate = 'fine' | 'broken' | 'crash'

/** Fates in the order in which they are met; fine when they are used up. `wait`: turns of the event loop before. */
export interface Fates {
  readonly commits: readonly { readonly fate: CommitFate; readonly wait: number }[]
  readonly requests: readonly { readonly fate: RequestFate; readonly wait: number }[]
}

/** Ends an instance as if its process had died: nothing of it is written afterwards. */
export class Crash extends Error {
  constructor() {
    super('the process died')
  }
}

/** Deals out the fates of one simulated process; once crashed, every request of it fails. */
export class Chaos {
  crashed = false
  calm = false
  memberId = ''
  #commit = 0
  #request = 0
  readonly #fates: Fates

  constructor(fates: Fates) {
    this.#fates = fates
  }

  crash(): never {
    this.crashed = true
    throw new Crash()
  }

  async commit(): Promise<CommitFate> {
    if (this.crashed) this.crash()
    const next = this.calm ? undefined : this.#fates.commits[this.#commit++]
    await turns(next?.wait ?? 0)
    if (this.crashed) this.crash()
    return next?.fate ?? 'fine'
  }

  async request(): Promise<void> {
    if (this.crashed) this.crash()
    const next = this.calm ? undefined : this.#fates.requests[this.#request++]
    await turns(next?.wait ?? 0)
    if (this.crashed || next?.fate === 'crash') this.crash()
    if (next?.fate === 'broken') throw broken()
  }
}

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

const broken = (): SluiceError => new SluiceError('BROKER', 'the broker does not answer')

/** A memory log as a process sees it over a bad network. It passes for Kafka, so that state lies on disk, with changelogs. */
export function chaoticLog(log: Log, chaos: Chaos): Log {
  const asked =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await chaos.request()
      const answer = await call(...args)
      if (chaos.crashed) chaos.crash()
      return answer
    }
  return through<Log>(log, {
    kind: 'kafka',
    committed: asked((group, partitions) => log.committed(group, partitions)),
    endOffsets: asked((partitions, isolation) => log.endOffsets(partitions, isolation)),
    startOffsets: asked(partitions => log.startOffsets(partitions)),
    producer: options => chaoticProducer(log.producer(options), chaos),
    member: options => chaoticMember(log.member(options), chaos),
    reader: options => chaoticReader(log.reader(options), chaos),
  })
}

function chaoticMember(member: Member, chaos: Chaos): Member {
  return through<Member>(member, {
    async join() {
      await chaos.request()
      const assignment = await member.join()
      chaos.memberId = assignment.claim.memberId
      if (chaos.crashed) chaos.crash()
      return assignment
    },
  })
}

function chaoticReader(reader: Reader, chaos: Chaos): Reader {
  return through<Reader>(reader, {
    poll() {
      if (chaos.crashed) chaos.crash()
      return reader.poll()
    },
  })
}

/** As the Kafka producer: what is appended during a commit is the next one's, and a failure has to be answered. */
function chaoticProducer(producer: Producer, chaos: Chaos): Producer {
  let held: Parameters<Producer['append']>[] | undefined
  let error: SluiceError | undefined
  const fail = async (code: 'BROKER' | 'FENCED' | 'COMMIT_UNKNOWN'): Promise<never> => {
    await producer.abort()
    throw (error = new SluiceError(code, 'the simulator says so'))
  }
  const commit = async (commit: Parameters<Producer['commit']>[0]): Promise<void> => {
    const fate = await chaos.commit()
    if (fate === 'refused') await fail('BROKER')
    if (fate === 'fenced') await fail('FENCED')
    if (fate === 'unknown, lost') await fail('COMMIT_UNKNOWN')
    if (fate === 'crash before') chaos.crash()
    await producer.commit(commit)
    if (fate === 'crash late') chaos.crash()
    if (fate === 'unknown, late') await fail('COMMIT_UNKNOWN')
  }
  return through<Producer>(producer, {
    async init() {
      await chaos.request()
      await producer.init()
      error = undefined
    },
    append(...appended) {
      if (error !== undefined || chaos.crashed) appended[3]?.(appended[2])
      else if (held === undefined) producer.append(...appended)
      else held.push(appended)
    },
    async commit(what) {
      if (error !== undefined) throw error
      held = []
      try {
        await commit(what)
      } catch (thrown) {
        error ??= thrown as SluiceError
        throw thrown
      } finally {
        const later = held
        held = undefined
        for (const appended of later) {
          if (error === undefined) producer.append(...appended)
          else appended[3]?.(appended[2])
        }
      }
    },
    async abort() {
      if (chaos.crashed) chaos.crash()
      await producer.abort()
      if (error?.code === 'BROKER') error = undefined
    },
  })
}
