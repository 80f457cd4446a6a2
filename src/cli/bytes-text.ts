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
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}
