import { SluiceError } from '../../errors.js'
import { asBuffer } from '../buffer.js'
import { cannotRead, cannotWrite } from '../failure.js'
import type { Serde } from '../serde.js'
import { issuesText, type StandardSchema } from '../standard-schema.js'
import { withOwn } from '../own.js'
import { jsonCopies } from './copies.js'
import { readJson } from './read.js'
import { jsonText, writeJson } from './write.js'

/** The value type of `json(schema)`. What a schema gives must be something it takes, or it could not be written again. */
type JsonValue<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output']
type TakesWhatItGives<S extends StandardSchema> =
  JsonValue<S> extends NonNullable<S['~standard']['types']>['input']
    ? unknown
    : {
        readonly error: 'the schema transforms: what it gives is not what it takes, so values could not be written again'
      }

/**
 * JSON as UTF-8. With a schema (any library of https://standardschema.dev) values are validated when they are read and
 * when they are written, and the type is the schema's; without one the type is taken on trust.
 *
 * What JSON cannot hold is lost as `JSON.stringify` loses it: a Date becomes text, undefined properties are left out, a Map
 * in an object is `{}`. A promise is refused, and a value that is itself a Map or a Set.
 *
 * @throws SluiceError BAD_ARGUMENT at the first value where the schema validates asynchronously
 * @example
 * topic('orders', { key: string, value: json<{ id: string; total: number }>() })
 * topic('orders', { key: string, value: json(z.object({ id: z.string(), total: z.number() })) })
 */
export function json<T = unknown>(): Serde<T>
export function json<S extends StandardSchema<any, any>>(schema: S & TakesWhatItGives<S>): Serde<JsonValue<S>>
export function json(schema?: StandardSchema): Serde<unknown> {
  return schema === undefined ? plain : validated(schema)
}

const plain: Serde<unknown> = withOwn(
  {
    name: 'json',
    serialize: value => Buffer.from(jsonText(value), 'utf8'),
    deserialize: bytes => readJson(asBuffer(bytes), 0, bytes.length),
    serializeInto: writeJson,
    deserializeFrom: readJson,
  },
  { copies: jsonCopies },
)

function validated(schema: StandardSchema): Serde<unknown> {
  const { validate, vendor } = standardOf(schema)
  const name = `json(${vendor})`

  function check(value: unknown): { value: unknown } | { issues: string } {
    const result = validate(value)
    if (result instanceof Promise) {
      result.catch(() => undefined)
      throw new SluiceError('BAD_ARGUMENT', `${name} validates asynchronously`, {
        hint: 'a serde is synchronous: take the asynchronous checks out of the schema',
      })
    }
    return result.issues === undefined ? { value: result.value } : { issues: issuesText(result.issues) }
  }

  function checkedToWrite(value: unknown): unknown {
    const checked = check(value)
    if ('issues' in checked) throw cannotWrite(name, value, `what its schema allows: ${checked.issues}`)
    return value
  }

  function fromBytes(buffer: Buffer, start: number, end: number): unknown {
    const checked = check(readJson(buffer, start, end))
    if ('issues' in checked) throw cannotRead(name, `a value against its schema: ${checked.issues}`)
    return checked.value
  }

  return {
    name,
    serialize: value => Buffer.from(jsonText(checkedToWrite(value)), 'utf8'),
    deserialize: bytes => fromBytes(asBuffer(bytes), 0, bytes.length),
    serializeInto: (value, buffer, offset) => writeJson(checkedToWrite(value), buffer, offset),
    deserializeFrom: fromBytes,
  }
}

/** @throws SluiceError BAD_ARGUMENT for what is no schema */
function standardOf(schema: StandardSchema): StandardSchema['~standard'] {
  const standard = (schema as StandardSchema | null)?.['~standard']
  if (typeof standard?.validate === 'function') return standard
  throw new SluiceError('BAD_ARGUMENT', 'json(schema) of what is no schema', {
    hint: 'give a schema of a library of https://standardschema.dev (Zod, Valibot, ArkType, …), or write json<T>()',
  })
}
