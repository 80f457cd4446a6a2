import { inDirectory, program } from './ceilings.js'
import { GrowingInput } from '../harness/growing-input.js'
import { figure, figures, ratio, type Figure, type Result } from '../harness/result.js'
import { peerName, today, turns, type Bench, type Suite } from '../harness/suite.js'
import { applications } from './restarts.js'

interface Restored {
  readonly seconds: number
  readonly withState: number
  readonly restoreSeconds: number
  readonly rate: number
  readonly cpuSeconds: number
  readonly peakMiB: number
}

/** A start without the state, which has to be read from the changelog, against a start with it. */
export const restore: Suite = {
  name: 'restore',
  title: 'state lost: a count of many keys is restored from its changelog',
  async run(bench) {
    const { keys, rounds } = bench.options
    bench.say(`  ${keys.toLocaleString('en')} keys`)
    const input = await GrowingInput.create(await bench.cluster(), 'restore', keys)
    const all = (await applications(bench, input)).map(application => ({ application, rounds: [] as Restored[] }))
    const alone: number[] = []
    try {
      for (const { application } of all) {
        const { allSeconds } = await application.start()
        bench.say(`  ${application.engine.name}: state made in ${allSeconds.toFixed(1)} s`)
      }
      for (const [round, { application, rounds: done }] of turns(rounds, all)) {
        if (alone.length === round) alone.push(await levelAlone(bench))
        await input.grow()
        const withState = (await application.start()).allSeconds
        await application.loseState()
        await input.grow()
        const { allSeconds: seconds, cpuSeconds, peakMiB } = await application.start()
        const restoreSeconds = seconds - withState
        done.push({
          seconds,
          withState,
          restoreSeconds,
          rate: restoreSeconds > 0 ? keys / restoreSeconds : NaN,
          cpuSeconds,
          peakMiB,
        })
        await application.check()
        bench.say(
          `  ${application.engine.name}: ${seconds.toFixed(1)} s, with its state ${withState.toFixed(1)} s, output right`,
        )
      }
    } finally {
      for (const { application } of all) await application.remove()
    }
    return result(
      bench,
      all.map(({ application, rounds: done }) => [application.engine, done] as const),
      figure(alone),
    )
  },
}

/** How many seconds LevelDB needs for the same entries, and nothing else. */
async function levelAlone(bench: Bench): Promise<number> {
  const { keys } = bench.options
  const what = { brokers: [], input: '', output: '', partitions: 4, records: keys, warmUp: 0 }
  const said = await inDirectory(directory => program('take-in', { ...what, directory }))
  const seconds = Number(said['seconds'])
  bench.say(`  LevelDB alone: ${seconds.toFixed(1)} s`)
  return seconds
}

function result(
  { machine, options: { keys } }: Bench,
  measured: readonly (readonly [{ readonly name: string; readonly settings: string }, readonly Restored[]])[],
  alone: Figure,
): Result {
  const found = measured.map(([engine, rounds]) => ({ engine, figures: figures(rounds) }))
  const peer = found.find(({ engine }) => engine.name === peerName)?.figures
  const rate = figure(alone.rounds.map(seconds => keys / (seconds ?? NaN)))
  return {
    name: restore.name,
    title: `restore of ${keys.toLocaleString('en')} keys`,
    machine,
    columns: [
      { id: 'seconds', title: 'start s', digits: 1, spread: true },
      { id: 'withState', title: 'with its state s', digits: 1 },
      { id: 'restoreSeconds', title: 'restore s', digits: 1 },
      { id: 'rate', title: 'keys/s', digits: 0 },
      { id: 'ratio', title: `keys/s : ${peerName}`, digits: 2 },
      { id: 'cpuSeconds', title: 'CPU s', digits: 1 },
      { id: 'peakMiB', title: 'peak MiB', digits: 0 },
    ],
    rows: [
      ...found.map(({ engine, figures }) => ({
        id: engine.name,
        label: engine.name,
        note: engine.settings,
        date: today(),
        figures: { ...figures, ratio: ratio(figures.rate, peer?.rate) },
      })),
      {
        id: 'leveldb',
        label: 'LevelDB alone',
        note: 'the same entries put into four databases in one process, as a restore puts them; no broker, nothing read',
        date: today(),
        figures: { restoreSeconds: alone, rate, ratio: ratio(rate, peer?.rate) },
      },
    ],
    notes: [
      'from the start of the process until 1,000 records that came while it was away are committed, after its state directory was deleted; restore is that less the same start with the state in place',
    ],
    headline: { column: 'rate', pairs: [{ ours: 'sluice', peer: peerName }] },
    chart: { kind: 'bars', column: 'seconds', title: 'seconds until all is restored and committed' },
  }
}
