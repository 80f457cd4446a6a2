import { embedded } from 'sluice'
import { dieAtCommit } from '../../faults/die.js'
import type { Moment } from '../../faults/moments.js'
import { fair } from './pipeline.js'

/** Runs until everything came through, or until it kills itself by SIGKILL. */
const { dir, kill } = JSON.parse(process.argv[2]!) as { readonly dir: string; readonly kill?: Moment }
const log = dieAtCommit(await embedded(dir).open(), kill, () => {})
// Small commits, so that most of them come while some tenants are ahead of others.
const running = await fair().start({ log, commitInterval: 1, maxUncommittedBytes: 1_000, cacheBytes: 0 })
await running.drained()
await running.close()
await log.close()
process.stdout.write('done\n')
