import { join } from 'node:path'
import { expect, it, describe as group } from 'vitest'
import { describeKafka } from '../kafka/shared.js'
import { directly, outcome, saying, scratch, sluice, start, type Outcome } from './shell.js'

const module = join(import.meta.dirname, 'fixtures/sharded.ts')

interface Place {
  /** The options that name the log. */
  readonly at: () => readonly string[]
  readonly name: (what: string) => string
}

function resetContract({ at, name }: Place): void {
  it('lets an application begin anew, with another number of shards', async () => {
    const [input, output] = [name('words'), name('counts')]
    const dir = await scratch()
    const of = (shards: number) => ({ INPUT: input, OUTPUT: output, SHARDS: String(shards) })
    const place = [...at(), '--state-dir', dir]
    const run = (shards: number) => withEnv(of(shards), () => sluice(['run', module, ...place, '--until-drained']))
    await directly(['topics', 'create', input, output, `${input}-rows`, '--partitions', '2', ...at()])
    const words = ['ape', 'bee', 'ape', 'cat', 'ape', 'bee']
    await directly(['produce', input, ...at()], words.map((word, i) => `k${i}\t${word}\n`).join(''))
    await directly(['produce', `${input}-rows`, ...at()], 'a\trow\n')

    expect(failure(await run(2))).toBe('')
    const first = await last(output, at())
    expect(first).toEqual(counts(words))
    const refused = await run(3)
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/TOPIC_MISMATCH.*\n.*sluice reset <module>/)])

    const reset = (...more: string[]) => withEnv(of(3), () => sluice(['reset', module, ...place, ...more]))
    const unasked = await reset()
    expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining('nobody is here to ask: --yes')])

    const done = await reset('--yes')
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining(`sharded-${input} begins anew\n`) })
    expect(done.err).toContain(`sharded-${input}-by-word-repartition`)
    await directly(['produce', input, ...at()], 'k9\tape\n')
    expect(failure(await run(3))).toBe('')
    // Not counted on top of what was there before.
    expect(await last(output, at())).toEqual(counts([...words, 'ape']))
  })
}

/** What a command that failed said. */
const failure = ({ code, err }: Outcome): string => (code === 0 ? '' : err)

const counts = (words: readonly string[]) => {
  const found: Record<string, string> = {}
  for (const word of new Set(words)) {
    const count = String(words.filter(each => each === word).length)
    found[word] = count
    found[`${word} in its window`] = count
  }
  return found
}

/** The last value of every key. */
async function last(topic: string, at: readonly string[]): Promise<Record<string, string>> {
  const out = await directly(['consume', topic, '--from-beginning', '--until-end', ...at])
  return Object.fromEntries(
    out
      .trimEnd()
      .split('\n')
      .map(line => line.split('\t') as [string, string]),
  )
}

async function withEnv(env: Readonly<Record<string, string>>, work: () => Promise<Outcome>): Promise<Outcome> {
  const before = { ...process.env }
  Object.assign(process.env, env)
  // The environment is read when the process is started, which is at once.
  const result = work()
  process.env = before
  return result
}

group('sluice reset, on the embedded log', { timeout: 60_000 }, async () => {
  const dir = await scratch()
  resetContract({ at: () => ['--log', join(dir, 'log')], name: what => what })
})

describeKafka('sluice reset, on Kafka', kafka => {
  group('with the shell', { timeout: 120_000 }, () => {
    resetContract({ at: () => ['--brokers', kafka.brokers.join()], name: what => kafka.name(what) })

    it('is refused while an instance runs', async () => {
      const [input, output, dir] = [kafka.name('words'), kafka.name('counts'), await scratch()]
      const at = ['--brokers', kafka.brokers.join()]
      await directly(['topics', 'create', input, output, `${input}-rows`, ...at])
      const before = { ...process.env }
      Object.assign(process.env, { INPUT: input, OUTPUT: output })
      try {
        const running = start('run', module, ...at, '--state-dir', join(dir, 'a'))
        const ended = outcome(running)
        await saying(running, /runs on Kafka/)
        const same = await sluice(['reset', module, ...at, '--state-dir', join(dir, 'a'), '--yes'])
        expect([same.code, same.err]).toEqual([1, expect.stringContaining('STATE_LOCKED')])
        const other = await sluice(['reset', module, ...at, '--state-dir', join(dir, 'b'), '--yes'])
        expect([other.code, other.err]).toEqual([1, expect.stringMatching(/FENCED: .* still has instances/)])
        running.kill('SIGTERM')
        expect((await ended).code).toBe(0)
      } finally {
        process.env = before
      }
    })
  })
})
