import type { Engine } from '../harness/engine.js'
import { runSluice } from './sluice.js'

/** Sluice with its tasks on two threads. */
export const sluice2: Engine = {
  name: 'sluice-2',
  onKafka: true,
  share: 1,
  settings: 'one process, two threads, exactly-once, LevelDB, changelog',
  run: round => runSluice(round, 2),
}
