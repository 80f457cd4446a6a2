import { SluiceError, errorText } from '../../errors.js'
import type { Serde } from '../../serde/serde.js'

/** A key as it is typed: text as it stands where keys are strings, JSON where they are anything else. @throws SluiceError BAD_ARGUMENT */
export function keyOfText(text: string, serde: Serde<unknown>): unknown {
  // By name: the module may have another copy of the package than the shell.
  if (serde.name === 'string') return text
  try {
    return serde.name === 'int64' ? BigInt(text) : (JSON.parse(text) as unknown)
  } catch (cause) {
    throw new SluiceError('BAD_ARGUMENT', `${text} is no key of this store: ${errorText(cause)}`, {
      cause,
      hint: `write its keys (${serde.name ?? 'not strings'}) as JSON: 7, or '{"key":"page-7","start":0,"end":60000}'`,
    })
  }
}
