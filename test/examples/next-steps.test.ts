import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { logArgument, placeArguments } from '../../examples/shared/next-steps.js'

/** What a shell makes of the text. */
const words = (text: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1)

describe('what an example says to type next', () => {
  it.each(['data/3-signup', '/tmp/my data/ü', "/tmp/it's $HOME", ''])('names the directory %j as one word', dir => {
    const where = { brokers: undefined, dir, stateDir: 'unused' }
    expect(words(logArgument(where))).toEqual(['--log', dir])
    expect(placeArguments(where)).toBe(logArgument(where))
  })

  it('names the brokers, and where state lies with them', () => {
    const where = { brokers: ['a:9092', 'b:9092'], dir: 'unused', stateDir: 'my state' }
    expect(words(logArgument(where))).toEqual(['--brokers', 'a:9092,b:9092'])
    expect(words(placeArguments(where))).toEqual(['--brokers', 'a:9092,b:9092', '--state-dir', 'my state'])
  })
})
