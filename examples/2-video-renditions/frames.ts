import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { encode } from 'modern-gif'
import { generator } from '../shared/random.js'

/** What a rendition is to be: a size, and a palette where it is a GIF. */
export interface Format {
  readonly width: number
  readonly height: number
  /** At most so many colours. */
  readonly colors?: number
}

/** A file that was rendered. */
export interface Rendered {
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly sha256: string
}

export interface Source {
  readonly seed: number
  readonly width: number
  readonly height: number
  readonly frames: number
}

/** A frame: four bytes a pixel (red, green, blue, alpha), row by row. */
interface Frame {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** Renders a video and tells of the file. The same in, the same out. @throws RangeError where it has too few pixels */
export async function renderVideo(source: Source, format: Format): Promise<Rendered> {
  const file = await renderFile(source, format)
  const sha256 = createHash('sha256').update(file).digest('hex')
  return { width: format.width, height: format.height, bytes: file.length, sha256 }
}

export async function renderFile(source: Source, format: Format): Promise<Uint8Array<ArrayBuffer>> {
  if (source.width < format.width || source.height < format.height) {
    throw new RangeError(`${source.width}×${source.height} has too few pixels for ${format.width}×${format.height}`)
  }
  const frames = Array.from({ length: source.frames }, (_, n) => scale(draw(source, n), format))
  return format.colors === undefined ? packed(frames) : await gif(frames, format.colors)
}

/** The frames one behind the other, deflated: what a codec would do better. */
function packed(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(deflateSync(Buffer.concat(frames.map(({ data }) => Buffer.from(data.buffer)))))
}

/** An animated GIF: a palette for the pictures, and LZW. */
async function gif(frames: readonly Frame[], maxColors: number): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = frames[0]!
  return new Uint8Array(
    await encode({ width, height, maxColors, frames: frames.map(({ data }) => ({ data, delay: 100 })) }),
  )
}

/** A frame of the video: discs that wander over a sky. */
function draw({ seed, width, height }: Source, time: number): Frame {
  const random = generator(seed)
  const discs = Array.from({ length: 3 }, () => ({
    x: (random() + time * (random() - 0.5) * 0.1) * width,
    y: random() * height,
    radius: (0.05 + random() * 0.2) * height,
    color: [random() * 255, random() * 255, random() * 255] as const,
  }))
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0, at = 0; y < height; y++) {
    const sky = [90 + (100 * y) / height, 150, 255 - (120 * y) / height] as const
    for (let x = 0; x < width; x++, at += 4) {
      const disc = discs.find(disc => (x - disc.x) ** 2 + (y - disc.y) ** 2 < disc.radius ** 2)
      data.set(disc?.color ?? sky, at)
      data[at + 3] = 255
    }
  }
  return { width, height, data }
}

/** Makes a frame smaller: each pixel is the mean of those that it takes the place of. */
function scale(frame: Frame, { width, height }: Format): Frame {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0, at = 0; y < height; y++) {
    const top = Math.floor((y * frame.height) / height)
    const bottom = Math.floor(((y + 1) * frame.height) / height)
    for (let x = 0; x < width; x++, at += 4) {
      const left = Math.floor((x * frame.width) / width)
      const right = Math.floor(((x + 1) * frame.width) / width)
      data.set(mean(frame, left, right, top, bottom), at)
    }
  }
  return { width, height, data }
}

function mean({ width, data }: Frame, left: number, right: number, top: number, bottom: number): number[] {
  let [red, green, blue] = [0, 0, 0]
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * 4; at < (y * width + right) * 4; at += 4) {
      red += data[at]!
      green += data[at + 1]!
      blue += data[at + 2]!
    }
  }
  const count = (right - left) * (bottom - top)
  return [red / count, green / count, blue / count, 255]
}
