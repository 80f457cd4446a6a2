import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe as group, expect, it } from 'vitest'
import { describeKafka } from '../kafka/shared.js'
import { directly, outcome, saying, scratch, sluice, start } from './shell.js'

const fixtures = join(import.meta.dirname, 'fixtures')
const upper = join(fixtures, 'upper.ts')

interface Place {
  readonly at: () => readonly string[]
  readonly name: (what: string) => string
  /** More options of `sluice run`. */
  readonly running?: readonly string[]
}

function runContract({ at, name, running = [] }: Place): void {
  async function topics(): Promise<{ input: string; output: string }> {
    const [input, output] = [name('lines'), name('upper')]
    process.env['INPUT'] = input
    process.env['OUTPUT'] = output
    await directly(['topics', 'create', input, output, '--partitions', '2', ...at()])
    return { input, output }
  }
  async function values(topic: string): Promise<string[]> {
    const out = await directly(['consume', topic, '--from-beginning', '--until-end', ...at()])
    return out.split('\n').slice(0, -1).toSorted()
  }

  it('runs a TypeScript module until everything is done, each record once', async () => {
    const { input, output } = await topics()
    await directly(['produce', input, ...at()], 'a\tone\nb\ttwo\nc\tskip me\n')
    const first = await sluice(['run', upper, '--until-drained', '--commit-interval', '20', ...at(), ...running])
    expect(first.err).toMatch(/runs on .*\nstopped after 3 records and \d+ commits\n$/)
    expect(first.code).toBe(0)
    expect(await values(output)).toEqual(['a\tONE', 'b\tTWO'])

    await directly(['produce', input, ...at()], 'c\tthree\n')
    const second = await sluice(['run', upper, '--until-drained', ...at(), ...running])
    expect(second.err).toContain('stopped after 1 record ')
    expect(await values(output)).toEqual(['a\tONE', 'b\tTWO', 'c\tTHREE'])
  })

  it('stops with what went wrong and where, and loses nothing', async () => {
    const { input, output } = await topics()
    await directly(['produce', input, ...at()], 'a\tone\na\tpoison\na\ttwo\n')
    const { code, err } = await sluice(['run', upper, '--until-drained', ...at(), ...running])
    expect(err).toMatch(/CALLBACK: .*this line is poison/)
    expect(err).toMatch(new RegExp(`topic ${input}, partition \\d, offset 1, operator .*map`))
    expect(err).toContain('upper.ts:')
    expect(code).toBe(1)
    expect((await values(output)).every(line => line === 'a\tONE')).toBe(true)
  })

  it('goes on when nobody hears what it says', async () => {
    const { input, output } = await topics()
    await directly(['produce', input, ...at()], 'a\tone\n')
    const child = start('run', upper, '--status', '50ms', ...at(), ...running)
    await saying(child, /running: /)
    child.stderr.destroy()
    await setTimeout(500)
    expect(child.exitCode).toBe(null)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(await values(output)).toEqual(['a\tONE'])
  })

  it('stops at SIGTERM before it runs, too', async () => {
    await topics()
    const child = start('run', join(fixtures, 'slow-to-load.ts'), ...at(), ...running)
    await saying(child, /loading/)
    child.kill('SIGTERM')
    expect(await outcome(child)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/stopped before it ran\n$/) as string,
    })
  })

  it('finishes, commits and stops at SIGTERM', async () => {
    const { input, output } = await topics()
    await directly(['produce', input, ...at()], 'a\tone\n')
    const child = start('run', upper, ...at(), ...running)
    await saying(child, /runs on/)
    child.kill('SIGTERM')
    const { code, err } = await outcome(child)
    expect(err).toMatch(/stopped after (0 records|1 record) /)
    expect(code).toBe(0)
    await sluice(['run', upper, '--until-drained', ...at(), ...running])
    expect(await values(output)).toEqual(['a\tONE'])
  })

  it('names a topic that does not exist', async () => {
    process.env['INPUT'] = name('nowhere')
    const { code, err } = await sluice(['run', upper, '--until-drained', ...at(), ...running])
    expect(err).toMatch(/^UNKNOWN_TOPIC: .*nowhere/)
    expect(err).toContain('sluice topics create')
    expect(code).toBe(1)
  })
}

group('sluice run on the embedded log', async () => {
  const dir = await scratch()
  runContract({ at: () => ['--log', dir], name: what => `${what}-${counter++}` })

  it('runs plain JavaScript', async () => {
    const log = ['--log', join(dir, 'plain')]
    await directly(['topics', 'create', 'lines', 'copied-lines', ...log])
    await directly(['produce', 'lines', ...log], 'a\tone\n')
    expect((await sluice(['run', join(fixtures, 'plain.mjs'), '--until-drained', ...log])).code).toBe(0)
    expect(await directly(['consume', 'copied-lines', '--from-beginning', ...log])).toBe('a\tone\n')
  })
})

const state = await scratch()

describeKafka('sluice run on Kafka', kafka => {
  const at = (): string[] => ['--brokers', kafka.brokers.join(',')]
  runContract({ at, name: what => kafka.name(what), running: ['--state-dir', state] })
})

group('sluice describe', () => {
  it('prints a pipeline in each form', async () => {
    delete process.env['INPUT']
    const forms = await Promise.all(
      [[], ['--mermaid'], ['--dot'], ['--json']].map(form => sluice(['describe', upper, ...form])),
    )
    expect(forms.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    const [text, mermaid, dot, json] = forms.map(({ out }) => out)
    expect(text).toMatch(/^Topologies:\n {3}Sub-topology: 0/)
    expect(text).toContain('Sink: ')
    expect(mermaid).toMatch(/^flowchart /)
    expect(dot).toMatch(/^digraph /)
    expect(JSON.parse(json!)).toBeTypeOf('object')
  })
})

let counter = 0
