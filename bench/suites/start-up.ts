import { GrowingInput } from '../harness/growing-input.js'
import { figures, ratio, type Result } from '../harness/result.js'
import { peerName, rivals, today, turns, type Bench, type Suite } from '../harness/suite.js'
import { application } from './restarts.js'
import type { Life } from '../harness/life.js'

const cases = ['first start', 'started again'] as const

/** From the start of the process to the first committed output: a new application, and one that has its state. */
export const startUp: Suite = {
  name: 'start-up',
  title: 'process start to first committed output',
  async run(bench) {
    const input = await GrowingInput.create(await bench.cluster(), 'start-up', 20_000)
    const all = rivals(bench).map(engine => ({ engine, lives: cases.map(() => [] as Life[]) }))
    for (const [round, { engine, lives }] of turns(bench.options.rounds, all)) {
      const app = await application(bench, engine, input)
      try {
        lives[0]!.push(await app.start())
        await input.grow()
        lives[1]!.push(await app.start())
        await app.check()
      } finally {
        await app.remove()
      }
      const [first, again] = lives.map(each => each.at(-1)!.firstSeconds.toFixed(2))
      bench.say(`  ${engine.name}, round ${round + 1}: ${first} s, again ${again} s, output right`)
    }
    return result(bench, all)
  },
}

function result(
  { machine }: Bench,
  all: readonly { engine: { readonly name: string; readonly settings: string }; lives: readonly Life[][] }[],
): Result {
  const rows = cases.flatMap((what, at) => {
    const peer = all.find(({ engine }) => engine.name === peerName)
    const peerFigures = peer === undefined ? undefined : figures(peer.lives[at]!)
    return all.map(({ engine, lives }) => {
      const found = figures(lives[at]!)
      return {
        id: `${engine.name}, ${what}`,
        label: `${engine.name}, ${what}`,
        note: at === 0 ? engine.settings : '',
        date: today(),
        figures: { ...found, ratio: ratio(found.firstSeconds, peerFigures?.firstSeconds) },
      }
    })
  })
  return {
    name: startUp.name,
    title: startUp.title,
    machine,
    columns: [
      { id: 'firstSeconds', title: 'first commit s', digits: 2, spread: true },
      { id: 'ratio', title: `: ${peerName}`, digits: 2 },
      { id: 'allSeconds', title: 'all committed s', digits: 2 },
      { id: 'cpuSeconds', title: 'CPU s', digits: 1 },
      { id: 'peakMiB', title: 'peak MiB', digits: 0 },
    ],
    rows,
    notes: ['count per key; 20,000 records wait at the first start, 1,000 at the second'],
    headline: {
      column: 'firstSeconds',
      pairs: cases.map(what => ({ ours: `sluice, ${what}`, peer: `${peerName}, ${what}`, what: `start-up, ${what}` })),
    },
    chart: { kind: 'bars', column: 'firstSeconds', title: 'seconds to the first commit' },
  }
}
