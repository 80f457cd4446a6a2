import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

const names = `import { json, long, pipeline, string, topic } from 'sluice'
type Order = { id: string; price: number }
const orders = topic('orders', { key: string, value: json<Order>() })
const names = topic('names', { key: string, value: string })
const byNumber = topic('by-number', { key: long, value: string })
const app = pipeline('app')
const stream = app.stream(orders)
const rekeyed = stream.selectKey(order => order.id)
`

/** What does not compile, and what the compiler's message has to say. Of several overloads it may name the last one alone. */
const wrong: readonly (readonly [line: string, says: RegExp])[] = [
  [`rekeyed.join(stream, () => 1, { within: 1 })`, /write \.repartition\(\)/],
  [`stream.join(rekeyed, () => 1, { within: 1 })`, /write \.repartition\(\)/],
  [`rekeyed.leftJoin(stream, () => 1, { within: 1 })`, /write \.repartition\(\)/],
  [`stream.outerJoin(rekeyed, () => 1, { within: 1 })`, /write \.repartition\(\)/],
  [`rekeyed.join(app.table(names), () => 1)`, /write \.repartition\(\)/],
  [`rekeyed.leftJoin(app.table(names), () => 1, { as: 'x' })`, /write \.repartition\(\)/],
  [`stream.join(app.stream(byNumber), () => 1, { within: 1 })`, /keys of the two sides are of different types/],
  [`stream.join(stream, () => 1, { whithin: 1 })`, /'whithin' does not exist/],
  [`stream.merge(app.stream(byNumber))`, /keys of the two sides are of different types/],
  [
    `stream.copy({ a: s => s, b: s => s.shard({ by: o => o.price, key: long }) }).merge()`,
    /keys of the branches are of/,
  ],
  [`stream.to(names)`, /'Order' is not assignable to type 'string'/],
  [`stream.to(orders, { partitoner: () => 0 })`, /'partitoner' does not exist/],
  [`app.stream(orders, { idelAfter: '1s' })`, /'idelAfter' does not exist/],
]

async function compile(text: string): Promise<string[]> {
  const dir = await mkdtemp(join(import.meta.dirname, '.messages-'))
  try {
    await writeFile(join(dir, 'wrong.ts'), text)
    const config = {
      extends: '../../../tsconfig.json',
      compilerOptions: { rootDir: root, noEmit: true },
      include: ['*.ts'],
    }
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
    const args = [tsc, '-p', dir, '--pretty', 'false']
    const said = await new Promise<string>(resolve =>
      execFile(process.execPath, args, { cwd: dir }, (_, out) => resolve(out)),
    )
    return said.split(/^(?=\S)/m)
  } finally {
    await rm(dir, { recursive: true })
  }
}

describe('the message of the compiler says what is wrong with', () => {
  let said: readonly string[] = []
  beforeAll(async () => {
    said = await compile(names + wrong.map(([line]) => line).join('\n'))
  }, 60_000)

  const first = names.split('\n').length
  it.each(wrong.map(([line, says], i) => [line, says, first + i] as const))('%s', (_line, says, at) => {
    expect(said.filter(one => one.startsWith(`wrong.ts(${at},`)).join('\n')).toMatch(says)
  })
})
