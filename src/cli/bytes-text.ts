import { asBuffer } from '../serde/buffer.js'
import { controlInLine } from './control.js'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as a line can show them: as text where they are UTF-8, otherwise in hexadecimal; null as `null`, as Kafka does. */
export function bytesText(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  try {
    const text = decoder.decode(bytes)
    if (!controlInLine.test(text)) return text
  } catch {
    // Not UTF-8.
  }
  return hexText(bytes)
}

export function hexText(bytes: Uint8Array): string {
  return `0x${asBuffer(bytes).toString('hex')}`
}
