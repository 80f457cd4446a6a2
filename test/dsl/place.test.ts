import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { pipeline, type Described, type SluiceError } from '../../dsl/index.js'
import { callSite } from '../../dsl/place.js'
import { errorOf, nodeOf, orders, out } from './pipelines.js'

/** The number of the line that calls. */
function here(): number {
  return Number(/place\.test\.ts:(\d+)/.exec(new Error('here').stack!.split('\n')[2]!)![1])
}

describe('the line of a call', () => {
  it('is relative to the working directory, with line and column', () => {
    const line = here() + 1
    expect(callSite()).toMatch(new RegExp(`^test/dsl/place\\.test\\.ts:${line}:\\d+$`))
  })

  it('is the one of the user, in every node', () => {
    const p = pipeline('app')
    const first = here() + 1
    const stream = p.stream(orders)
    stream.filter(order => order.price > 1).to(out)
    stream
      .copy(2)
      .map(order => order.id)
      .to(out)
    const lines = p
      .lower()
      .nodes.map(({ name, line }) => [name, Number(/^test\/dsl\/place\.test\.ts:(\d+)/.exec(line!)![1])])
    expect(lines).toEqual([
      ['orders', first],
      ['orders.stream', first],
      ['orders.filter', first + 1],
      ['orders.to', first + 1],
      ['orders-0.map', first + 4],
      ['orders-1.map', first + 4],
      ['orders-0.to', first + 5],
      ['orders-1.to', first + 5],
    ])
  })

  it('is the one of the user where a loader has transformed the package, too', () => {
    const script = `import('./test/cli/fixtures/upper.ts').then(({ default: p }) => console.log(JSON.stringify(p.describe())))`
    const told = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], { encoding: 'utf8' })
    const { subTopologies } = JSON.parse(told) as Described
    const lines = subTopologies.flatMap(({ nodes }) => nodes.map(({ line }) => line))
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) expect(line).toMatch(/^test\/cli\/fixtures\/upper\.ts:\d+:\d+$/)
  })

  it('leaves the limit of stack traces as it was', () => {
    const limit = Error.stackTraceLimit
    callSite()
    expect(Error.stackTraceLimit).toBe(limit)
  })

  it('is in errors', () => {
    const p = pipeline('app')
    let line = 0
    const error: SluiceError = errorOf(() => {
      line = here() + 1
      p.stream(orders).map(undefined!)
    })
    expect(error.message).toMatch(
      new RegExp(`map\\(\\) needs a function, not undefined \\(at test/dsl/place\\.test\\.ts:${line}:`),
    )
  })

  it('is found through helper functions of the user', () => {
    const p = pipeline('app')
    const expensive = (price: number) => p.stream(orders).filter(order => order.price > price)
    expensive(3).to(out)
    expect(nodeOf(p, 'orders.filter').line).toMatch(/place\.test\.ts/)
  })
})
