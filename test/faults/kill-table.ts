import Table from 'cli-table3'
import type { Reporter, TestModule } from 'vitest/node'
import type { KillRow } from './kill-report.js'

/** Prints at the end of a run what `expectEachOnce` left of its kills. */
export default class KillTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap(module =>
      Array.from(module.children.allTests(), test => test.meta().kills ?? []).flat(),
    )
    const killed = rows.filter(({ planned }) => planned > 0)
    if (killed.length === 0) return
    const table = new Table({
      head: ['kill -9', 'log', 'planned', 'hit work', 'too late', 'checked', 'lost', 'doubled', 'new keys'],
      colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
      style: { compact: true, head: [], border: [] },
    })
    table.push(...killed.toSorted(byName).map(cells))
    console.log(`\n${table.toString()}`)
  }
}

function cells({ what, log, planned, hit, missed, checked, lost, doubled, newKeys }: KillRow): (string | number)[] {
  return [what, log, planned, hit, missed, checked, lost, doubled, newKeys ?? '']
}

function byName(a: KillRow, b: KillRow): number {
  return a.what.localeCompare(b.what) || a.log.localeCompare(b.log)
}
