import { expect, test } from 'vitest'
import { topicSettings } from '../../../src/log/local/topic-settings.js'

const settings = (config: Record<string, string>) => topicSettings({ name: 't', partitions: 1, config })

test('records are kept for ever unless a setting says otherwise', () => {
  expect(settings({})).toMatchObject({ delete: true, compact: false, retentionMs: -1, retentionBytes: -1 })
  expect(settings({ 'cleanup.policy': 'compact, delete', 'retention.ms': '5' })).toMatchObject({
    delete: true,
    compact: true,
    retentionMs: 5,
  })
})

test('settings about segments and replicas are taken as they come', () => {
  expect(() =>
    settings({ 'segment.bytes': '1', 'min.insync.replicas': '2', 'compression.type': 'producer' }),
  ).not.toThrow()
})

test.each([
  [{ 'cleanup.policy': 'never' }, 'BAD_ARGUMENT'],
  [{ 'retention.ms': 'week' }, 'BAD_ARGUMENT'],
  [{ 'retention.ms': '' }, 'BAD_ARGUMENT'],
  [{ 'retention.bytes': '-2' }, 'BAD_ARGUMENT'],
  [{ 'retention.mss': '1' }, 'BAD_ARGUMENT'],
  [{ constructor: '1' }, 'BAD_ARGUMENT'],
  [{ 'message.timestamp.type': 'LogAppendTime' }, 'UNSUPPORTED'],
  [{ 'compression.type': 'zstd' }, 'UNSUPPORTED'],
] as [Record<string, string>, string][])('%j is refused', (config, code) => {
  expect(() => settings(config)).toThrow(code)
})
