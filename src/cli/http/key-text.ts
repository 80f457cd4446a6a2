import { SluiceError, errorText } from '../../errors.js'
import type { Serde } from '../../serde/serde.js'

/**
 * A key as it is typed: text as it stands where keys are strings, base64 where they are bytes, JSON where they are anything
 * else.
 *
 * @throws SluiceError BAD_ARGUMENT
 */
export function keyOfText(text: string, serde: Serde<unknown>): unknown {
  // By name: the module may have another copy of the package than the shell.
  if (serde.name === 'string') return text
  if (serde.name === 'bytes') return bytesOf(text)
  try {
    return serde.name === 'int64' ? BigInt(text) : (JSON.parse(text) as unknown)
  } catch (cause) {
    throw new SluiceError('BAD_ARGUMENT', `${text} is no key of this store: ${errorText(cause)}`, {
      cause,
      hint: `write its keys (${serde.name ?? 'not strings'}) as JSON: 7, or '{"key":"page-7","start":0,"end":60000}'`,
    })
  }
}

function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') === text) return bytes
  throw new SluiceError('BAD_ARGUMENT', `${text} is no key of this store: not base64`, {
    hint: 'write its keys (bytes) as they are printed, in base64: azEw',
  })
}
