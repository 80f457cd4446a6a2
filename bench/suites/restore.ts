import { GrowingInput } from '../harness/growing-input.js'
import { figures, ratio, type Result } from '../harness/result.js'
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
    try {
      for (const { application } of all) {
        const { allSeconds } = await application.start()
        bench.say(`  ${application.engine.name}: state made in ${allSeconds.toFixed(1)} s`)
      }
      for (const [, { application, rounds: done }] of turns(rounds, all)) {
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
    )
  },
}

function result(
  { machine, options: { keys } }: Bench,
  measured: readonly (readonly [{ readonly name: string; readonly settings: string }, readonly Restored[]])[],
): Result {
  const found = measured.map(([engine, rounds]) => ({ engine, figures: figures(rounds) }))
  const peer = found.find(({ engine }) => engine.name === peerName)?.figures
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
    rows: found.map(({ engine, figures }) => ({
      id: engine.name,
      label: engine.name,
      note: engine.settings,
      date: today(),
      figures: { ...figures, ratio: ratio(figures.rate, peer?.rate) },
    })),
    notes: [
      'from the start of the process until 1,000 records that came while it was away are committed, after its state directory was deleted; restore is that less the same start with the state in place',
    ],
    headline: { column: 'rate', pairs: [{ ours: 'sluice', peer: peerName }] },
    chart: { kind: 'bars', column: 'seconds', title: 'seconds until all is restored and committed' },
  }
}
