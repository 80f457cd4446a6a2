import { decode, decodeFrames } from 'modern-gif'
import { readRecords, type Log } from 'sluice'
import { testDriver } from 'sluice/testing'
import { describe, expect, test } from 'vitest'
import { renderFile, renderVideo } from '../../examples/2-video-renditions/frames.js'
import studio, { renditions, unrendered, videos } from '../../examples/2-video-renditions/pipeline.js'
import { results } from '../../examples/2-video-renditions/results.js'
import { upload } from '../../examples/2-video-renditions/uploads.js'
import { expectEachOnce, type Outcome } from '../faults/kill-report.js'
import { faultSeed } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { fullKills, killRun } from './kill-run.js'

const formats = {
  '4k': { width: 384, height: 216 },
  '1080p': { width: 192, height: 108 },
  low: { width: 64, height: 36 },
  gif: { width: 48, height: 27, colors: 32 },
} as const

describe('a rendition', () => {
  const source = { seed: 7, width: 480, height: 270, frames: 3 }

  test('is the same whenever it is made, and another one of another video', async () => {
    const once = await renderVideo(source, formats.low)
    expect(await renderVideo(source, formats.low)).toEqual(once)
    expect((await renderVideo({ ...source, seed: 8 }, formats.low)).sha256).not.toBe(once.sha256)
  })

  test('as a GIF has its size, its frames and no more colours than asked for', async () => {
    const file = await renderFile(source, formats.gif)
    const gif = decode(file)
    expect(gif).toMatchObject({ version: '89a', width: 48, height: 27 })
    expect(gif.frames).toHaveLength(3)
    const pixels = decodeFrames(file).flatMap(({ data }) => [...new Uint32Array(data.buffer)])
    expect(pixels).toHaveLength(48 * 27 * 3)
    expect(new Set(pixels).size).toBeGreaterThan(8)
    expect(new Set(pixels).size).toBeLessThanOrEqual(32)
  })
})

test('a video that has too few pixels is told without what it cannot have, when the time is over', async () => {
  const driver = await testDriver(studio, { now: 0 })
  const small = { title: 'small', seed: 1, width: 320, height: 180, frames: 1 }
  await driver.input(videos).send('small', small)
  expect(driver.output(renditions).read()).toEqual([])
  await driver.advance('5s')
  const [told, ...more] = driver.output(renditions).read()
  expect(more).toEqual([])
  expect(told!.value!.missing).toEqual(['4k'])
  expect(Object.keys(told!.value!.renditions).toSorted()).toEqual(['1080p', 'gif', 'low'])
  const [letter, ...others] = driver.output(unrendered).read()
  expect(others).toEqual([])
  expect(letter).toMatchObject({ key: 'small', value: small })
  expect(Buffer.from(letter!.headers.get('sluice.error')!).toString()).toContain('320×180 has too few pixels')
  await driver.close()
})

const seed = faultSeed()
onBothLogs('2-video-renditions', /^videos?(-.*)?$/, place => {
  test(`tells every video once${fullKills > 0 ? ', through kill -9' : ''}`, { timeout: 900_000 }, async ({ task }) => {
    const where = await place()
    const videosPerRun = fullKills > 0 ? 3 : 2
    const args = (run: number): string[] => ['--events', String(videosPerRun * (run + 1)), '--commit-interval', '10']
    // Longer than all kills together: a killed process does not render, and a slow machine takes minutes for twenty of them.
    const env = { RENDITIONS_TIMEOUT: fullKills > 0 ? '4m' : '1m' }
    const { runs, row } = await killRun({
      example: '2-video-renditions',
      place: where,
      args,
      env,
      kills: fullKills,
      seed,
    })
    const log = await where.open()
    try {
      expectEachOnce(task, row, await toldOf(log, videosPerRun * runs))
    } finally {
      await log.close()
    }
  })
})

/** What was told of so many videos and their dead letters; and what should be: all that can be had of each. */
async function toldOf(log: Log, count: number): Promise<Outcome> {
  const found = (await results(log)).map(({ video, renditions, missing }) => {
    const names = Object.keys(formats).filter((name): name is keyof typeof formats => name in renditions)
    return words(video, Object.fromEntries(names.map(name => [name, renditions[name]])), missing)
  })
  for await (const { key } of readRecords(log, unrendered)) found.push(`dead letter: ${key}`)
  const expected: string[] = []
  for (let n = 0; n < count; n++) {
    const [video, source] = upload(n)
    const fitting = Object.entries(formats).filter(([, { width }]) => width <= source.width)
    const renditions: Record<string, unknown> = {}
    for (const [name, format] of fitting) renditions[name] = await renderVideo(source, format)
    const isSmall = fitting.length < 4
    expected.push(words(video, renditions, isSmall ? ['4k'] : []))
    if (isSmall) expected.push(`dead letter: ${video}`)
  }
  return { expected, found }
}

function words(video: string, renditions: Readonly<Record<string, unknown>>, missing: readonly string[]): string {
  return `${video}: ${JSON.stringify(renditions)}, missing: ${missing.join()}`
}
