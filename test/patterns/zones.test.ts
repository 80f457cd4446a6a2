import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafka, memory, pipeline } from '../../dsl/index.js'
import { describeKafka } from '../kafka/shared.js'
import { logWith, texts } from './helpers.js'
import { zoneContract } from './zones.js'

describe('zones, on the log in memory', { timeout: 30_000 }, () => {
  zoneContract(async () => ({ log: await memory().open(), name: what => what, options: () => ({}) }))
})

describeKafka('zones, on Kafka', shared => {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-zones-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))
  describe('with three instances', { timeout: 120_000 }, () => {
    zoneContract(async () => ({
      log: await kafka({ brokers: shared.brokers }).open(),
      name: what => shared.name(what),
      options: zone => ({ stateDir: join(dir, zone) }),
    }))
  })
})

describe('a zone is refused', () => {
  const build = (zones?: readonly string[]) => {
    const p = pipeline('zoned')
    const options = { by: (value: string) => value, shards: 2 }
    p.stream(texts('in'))
      .shard(zones === undefined ? options : { ...options, zones })
      .to(texts('out'))
    return p
  }

  it.each([[undefined], [['eu-a']]])('by start, where shards are in %j only', async zones => {
    const log = await logWith(['in', 'out'])
    await expect(build(zones).start({ log, zone: 'eu-x' })).rejects.toThrow(
      /^BAD_ARGUMENT: no shard of "zoned" is placed in the zone "eu-x"/,
    )
    await log.close()
  })

  it.each<[readonly string[]]>([[[]], [['a', 'a']], [['a b']]])('by shard: %j', zones => {
    expect(() => build(zones)).toThrow(/^BAD_ARGUMENT: .*zones\.test\.ts/)
  })

  it('where one task would be in two', () => {
    const p = pipeline('zoned')
    const by = (value: string) => value
    const a = p.stream(texts('a')).shard({ by, shards: 2, zones: ['x', 'y'] })
    const b = p.stream(texts('b')).shard({ by, shards: 2, zones: ['y', 'x'] })
    a.merge(b).to(texts('out'))
    expect(() => p.describe()).toThrow(/is placed over x, y and .* over y, x, and one task reads both/)
  })
})
