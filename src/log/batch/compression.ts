import * as zlib from 'node:zlib'
import { SluiceError, errorText } from '../../errors.js'

const names = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** A batch that claims more than this is taken for damaged, so that a small one cannot fill the memory. */
const maxOutputLength = 256 * 1024 * 1024

type Inflate = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer

/** The records of a compressed batch. @throws SluiceError UNSUPPORTED for a codec that is not here, CORRUPT */
export function decompress(codec: number, bytes: Buffer, baseOffset: number): Buffer {
  const inflate = inflater(codec)
  if (inflate === undefined) {
    throw new SluiceError('UNSUPPORTED', `the record batch is compressed with ${names[codec] ?? `codec ${codec}`}`, {
      place: { offset: baseOffset },
      hint:
        codec === 4
          ? 'run on Node 22.15 or later, which has zstd, or let the writer use gzip or no compression'
          : 'let the writer use gzip or no compression, or set compression.type of the topic to one of them',
    })
  }
  try {
    return inflate(bytes, { maxOutputLength })
  } catch (cause) {
    throw new SluiceError('CORRUPT', `the ${names[codec]} data of the record batch is damaged: ${errorText(cause)}`, {
      place: { offset: baseOffset },
      cause,
    })
  }
}

function inflater(codec: number): Inflate | undefined {
  if (codec === 1) return zlib.gunzipSync
  // In zlib from Node 22.15 on; older type declarations do not know it.
  if (codec === 4) return (zlib as { zstdDecompressSync?: Inflate }).zstdDecompressSync
  return undefined
}
