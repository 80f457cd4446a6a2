import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { main, scratch, sluice } from './shell.js'

describe('sluice', () => {
  it('says what to type, with exit code 2, when it was typed wrongly', async () => {
    const cases = [
      [[], 'say what to do'],
      [['frobnicate'], 'there is no command "frobnicate"'],
      [['constructor'], 'there is no command "constructor"'],
      [['__proto__'], 'there is no command "__proto__"'],
      [['topics'], 'say what to do'],
      ...['constructor', 'toString', 'valueOf'].map(name => [['topics', name], `topics has no "${name}"`] as const),
      [['topics', 'paint'], 'topics has no "paint"'],
      [['topics', 'create'], 'name a topic'],
      [
        ['topics', 'create', 'a', '--partitions', 'many'],
        '--partitions takes a whole number of at least 1, not "many"',
      ],
      [['topics', 'create', 'a', '--partitions', '0'], '--partitions takes a whole number of at least 1, not "0"'],
      [['topics', 'create', 'a', '--config', 'compact'], '--config takes name=value, not "compact"'],
      [['topics', 'list', '--loud'], "Unknown option '--loud'"],
      [['topics', 'list', '--log', 'x', '--brokers', 'y:1'], '--log is for the embedded log, --brokers for Kafka'],
      [['topics', 'list', '--brokers', 'nowhere'], '--brokers takes host:port'],
      [['topics', 'list', '--brokers', 'one:9092,two:99999'], '--brokers takes host:port'],
      [['topics', 'list', '--log', ''], '--log takes a directory'],
      [['topics', 'list', '--log'], "Option '--log <value>' argument missing\n\n"],
      [['query', '--http', 'http://127.0.0.1:8080'], '--http takes a port, or host:port, not "http://127.0.0.1:8080"'],
      [['produce'], 'name a topic'],
      [['produce', 'a', 'b'], 'one topic at a time, not a, b'],
      [['consume', 'a', '--isolation', 'none'], '--isolation is read_committed or read_uncommitted, not "none"'],
      [['consume', 'a', '--max', '-1'], '--max takes a whole number of at least 0, not "-1"'],
      [['run'], 'name one module'],
      [['run', 'x.js', '--status', 'soon'], '--status takes a duration such as 500ms, 5s or 1m, not "soon"'],
      [['dlq', 'replay', 'a', '--to', 'a'], '--to a is the topic that the letters are in'],
      [['run', 'x.js', '--guarantee', 'maybe'], '--guarantee is exactly-once or at-least-once, not "maybe"'],
      [['describe', 'x.js', '--dot', '--json'], 'one form at a time, not dot and json'],
    ] as const
    const outcomes = await Promise.all(cases.map(([args]) => sluice(args)))
    for (const [i, { code, err }] of outcomes.entries()) {
      const [args, what] = cases[i]!
      expect(err, args.join(' ')).toContain(what)
      expect(err).toMatch(/\nusage: sluice /)
      expect(code, args.join(' ')).toBe(2)
    }
  })

  it('helps', async () => {
    const { code, out } = await sluice(['--help'])
    expect(code).toBe(0)
    for (const command of ['run', 'topics', 'produce', 'consume', 'describe']) {
      expect(out).toContain(`\n  ${command} `)
      expect((await sluice([command, '--help'])).out).toMatch(new RegExp(`^usage: sluice ${command}`))
      expect((await sluice(['help', command])).out).toMatch(new RegExp(`^usage: sluice ${command}`))
    }
    expect((await sluice(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('names a module that is not there, or exports no pipeline', async () => {
    const missing = await sluice(['describe', './no-such-module.js'])
    expect(missing.err).toMatch(/^BAD_ARGUMENT: there is no module .*no-such-module.js\n {2}→ /)
    expect(missing.code).toBe(1)
    const directory = await sluice(['describe', './scripts'])
    expect(directory.err).toMatch(/^BAD_ARGUMENT: there is no module .*scripts\n {2}→ /)
    const wrong = await sluice(['describe', './scripts/summary.mjs'])
    expect(wrong.err).toContain('has no pipeline as its default export')
  })

  it('names a file that is no module, or is not understood', async () => {
    const dir = await scratch()
    const files = {
      'data.json': ['{}', /is neither JavaScript nor TypeScript/],
      'notes.txt': ['hello', /is neither JavaScript nor TypeScript/],
      'broken.mjs': [
        'export default = 3',
        /broken\.mjs, or what it imports, is not understood: .*→ see the line: node /s,
      ],
      'throwing.mjs': ["throw new Error('boom')", /^Error: boom\n/],
      'lacking.mjs': ["import 'not-there'", /Cannot find package 'not-there'/],
    } as const
    for (const [name, [content, says]] of Object.entries(files)) {
      const file = join(dir, name)
      await writeFile(file, content)
      const { err, code } = await sluice(['describe', file])
      expect(err, name).toMatch(says)
      expect(code, name).toBe(1)
    }
  })

  it.runIf(existsSync('/dev/full'))('says in a line that its output cannot be written, with exit code 1', async () => {
    for (const args of [['--help'], ['--version']]) {
      const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] })
      const [err, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')])
      expect(err).toMatch(/^the output cannot be written: ENOSPC.*\n$/)
      expect(code).toBe(1)
    }
  })
})
