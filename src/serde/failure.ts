import { SluiceError, counted, errorText } from '../errors.js'

/** The error of a value that a serde does not write; `wanted` ends the sentence "… takes". */
export function cannotWrite(serde: string, value: unknown, wanted: string, cause?: unknown): SluiceError {
  return new SluiceError('SERIALIZE', `${serde} cannot write ${show(value)}`, {
    hint: `${serde} takes ${wanted}`,
    cause,
  })
}

/** The error of bytes that a serde does not read. */
export function cannotRead(serde: string, what: string, hint?: string, cause?: unknown): SluiceError {
  return new SluiceError('DESERIALIZE', `${serde} cannot read ${what}`, {
    hint: hint ?? `the bytes were written in another format: check the serde of the topic or store`,
    cause,
  })
}

/** What a serde threw at bytes, as an error that says what to do; one of the package's own says so itself. */
export function readFailure(error: unknown, what: string = 'the bytes'): SluiceError {
  if (error instanceof SluiceError) return error
  return new SluiceError('DESERIALIZE', `${what} could not be read: ${errorText(error)}`, {
    hint: 'the serde threw: mend it, or let such records pass by: deadLetter(topic) keeps them, skip() counts them',
    cause: error,
  })
}

/** The error of a fixed-width serde that was given bytes of another length. */
export function wrongLength(serde: string, wanted: number, got: number): SluiceError {
  return cannotRead(
    serde,
    counted(got, 'byte'),
    `${serde} is ${counted(wanted, 'byte')}, big-endian: check the serde of the topic or store`,
  )
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || value === undefined || value === null) return String(value)
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return `a value of type ${Array.isArray(value) ? 'array' : (named.find(one => value instanceof one)?.name ?? typeof value)}`
}

/** What is told by its class. */
const named = [Uint8Array, Date, Map, Set, Promise]
