import { SluiceError, errorText } from '../errors.js'
import type { Serde } from '../serde/serde.js'

/** A key or value that a store's serde cannot write: a fault of the record at hand, treated as its policy says. */
export class Unstorable extends SluiceError {
  constructor(store: string, error: unknown) {
    const [what, hint] = error instanceof SluiceError ? [error.what, error.hint] : [errorText(error), undefined]
    super('SERIALIZE', `the store "${store}" cannot keep it: ${what}`, {
      place: { store },
      cause: error,
      hint: hint ?? 'make the value fit the serde of the store, or name another one at the operator',
    })
  }
}

export function unstorable(store: string, error: unknown): Unstorable {
  return error instanceof Unstorable ? error : new Unstorable(store, error)
}

/** A serde that throws `Unstorable`, for stores that write by themselves. */
export function storable<T>(serde: Serde<T>, store: string): Serde<T> {
  const caught =
    <Args extends unknown[], R>(write: (...args: Args) => R) =>
    (...args: Args): R => {
      try {
        return write(...args)
      } catch (error) {
        throw unstorable(store, error)
      }
    }
  const { serialize, deserialize, serializeInto, deserializeFrom } = serde
  // Each is bound: a serde may be of a class with private fields.
  return Object.assign(Object.create(serde) as Serde<T>, {
    serialize: caught(serialize.bind(serde)),
    deserialize: deserialize.bind(serde),
    ...(serializeInto && { serializeInto: caught(serializeInto.bind(serde)) }),
    ...(deserializeFrom && { deserializeFrom: deserializeFrom.bind(serde) }),
  })
}
