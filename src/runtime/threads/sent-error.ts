import { SluiceError, errorText, type ErrorCode, type Place } from '../../errors.js'

/** An error as data. Its class gets lost on the way to another thread, so what makes a SluiceError goes along. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause: SentError | undefined
  readonly sluice:
    | { readonly code: ErrorCode; readonly what: string; readonly place: Place; readonly hint: string | undefined }
    | undefined
}

export function sentError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: errorText(thrown), stack: undefined, cause: undefined, sluice: undefined }
  }
  const { name, stack, cause } = thrown
  return {
    name,
    message: errorText(thrown),
    stack,
    cause: cause === undefined ? undefined : sentError(cause),
    sluice: thrown instanceof SluiceError ? partsOf(thrown) : undefined,
  }
}

function partsOf({ code, what, place, hint }: SluiceError): SentError['sluice'] {
  return { code, what, place, hint }
}

/** The error again: a SluiceError with its code, place and hint, or an Error of that name. */
export function receivedError({ name, message, stack, cause, sluice }: SentError): Error {
  const inner = cause === undefined ? {} : { cause: receivedError(cause) }
  let error: Error
  if (sluice === undefined) {
    error = new Error(message, inner)
    error.name = name
  } else {
    const { code, what, place, hint } = sluice
    error = new SluiceError(code, what, { place, ...inner, ...(hint === undefined ? {} : { hint }) })
  }
  if (stack !== undefined) error.stack = stack
  return error
}
