import { gunzipSync } from 'node:zlib'
import { SluiceError, errorText } from '../../errors.js'
import type { Inflate } from './codecs/bounds.js'
import { lz4 } from './codecs/lz4.js'
import { snappy } from './codecs/snappy.js'
import { zstd } from './codecs/zstd.js'

const names = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** A batch that claims more than this is taken for damaged, so that a small one cannot fill the memory. */
const maxOutputLength = 256 * 1024 * 1024

/** Each loads its library, which happens when the first batch of that kind comes: most topics need one or none. */
const codecs: readonly ((() => Inflate) | undefined)[] = [undefined, () => gunzipSync, snappy, lz4, zstd]
const loaded: Inflate[] = []

/** The records of a compressed batch. @throws SluiceError UNSUPPORTED for a codec that is not here, CORRUPT */
export function decompress(codec: number, bytes: Buffer, baseOffset: number): Buffer {
  const inflate = (loaded[codec] ??= load(codec, baseOffset))
  try {
    return inflate(bytes, { maxOutputLength })
  } catch (cause) {
    throw new SluiceError('CORRUPT', `the ${names[codec]} data of the record batch is damaged: ${errorText(cause)}`, {
      place: { offset: baseOffset },
      cause,
    })
  }
}

function load(codec: number, baseOffset: number): Inflate {
  const make = codecs[codec]
  if (make === undefined) {
    throw new SluiceError('UNSUPPORTED', `the record batch is compressed with codec ${codec}`, {
      place: { offset: baseOffset },
      hint: 'let the writer use gzip, snappy, lz4, zstd or no compression',
    })
  }
  try {
    return make()
  } catch (cause) {
    const name = names[codec]!
    throw new SluiceError('UNSUPPORTED', `the record batch is compressed with ${name}, whose library does not load`, {
      place: { offset: baseOffset },
      hint: `install again with npm install --include=optional; if there is no ${name} for this platform, set compression.type of the topic to gzip`,
      cause,
    })
  }
}
