import { exponential, json, pipeline, string, topic, type Duration, type Stream } from 'sluice'
import type { Rendered } from './frames.js'
import { render } from './renderers.js'

/** A video: its frames are generated from the seed. */
export interface Video {
  readonly title: string
  readonly seed: number
  readonly width: number
  readonly height: number
  readonly frames: number
}

const studio = pipeline('video-renditions', { value: json() })

export const videos = topic('videos', { key: string, value: json<Video>() })
export const renditions = topic('video-renditions', { key: string, value: json<Renditions>() })
export const unrendered = topic('videos-unrendered', { key: string, value: json<Video>() })

/** How long the renditions of a video are waited for. */
const timeout = (process.env['RENDITIONS_TIMEOUT'] ?? '5s') as Duration

studio
  .stream(videos)
  .copy({
    '4k': into({ width: 384, height: 216 }),
    '1080p': into({ width: 192, height: 108 }),
    low: into({ width: 64, height: 36 }),
    gif: into({ width: 48, height: 27, colors: 32 }),
  })
  .merge.all({ timeout, remember: '1d' }) // renditions that come after their video was told are dropped and counted
  .map(({ parts, missing }): Renditions => ({ renditions: parts, missing }))
  .to(renditions)

/**
 * One kind of rendition, made in worker threads. A video that has too few pixels for it is a dead letter, and the rendition
 * is missing at the barrier.
 */
function into(format: Parameters<typeof render>[1]) {
  return (stream: Stream<string, Video, 'keyed'>) =>
    stream
      .mapAsync((video, _, { signal }) => render(video, format, signal), { concurrency: 4 })
      .retry({ attempts: 3, backoff: exponential('50ms'), on: error => !(error instanceof RangeError) })
      .deadLetter(unrendered)
}

export interface Renditions {
  readonly renditions: { readonly [N in '4k' | '1080p' | 'low' | 'gif']?: Rendered }
  /** What did not come in time. */
  readonly missing: readonly string[]
}

export default studio
