import { generator } from '../shared/random.js'
import type { Video } from './pipeline.js'

/** The video number `n`, from 0: as cameras deliver them, one in six with too few pixels for 4K. */
export function upload(n: number): readonly [key: string, video: Video] {
  const [width, height] = n % 6 === 5 ? ([320, 180] as const) : ([480, 270] as const)
  const seed = Math.floor(generator(n)() * 1e9)
  return [`video-${n + 1}`, { title: `Holiday ${n + 1}`, seed, width, height, frames: 4 }]
}
