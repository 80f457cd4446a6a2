/** What `avro` takes: a schema as JSON, best written `as const` or in place, so that its value type can be inferred. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | { readonly type: AvroSchema; readonly [attribute: string]: unknown }

/** Whether Avro's `long` is a number (an error beyond 2^53) or a bigint. */
export type AvroLong = 'number' | 'bigint'

/**
 * The TypeScript type of a schema's values: records, enums, arrays, maps, fixed, unions, named references (recursive ones
 * too, with namespaces), `timestamp-millis` and `date` as Date, other logical types as what they lie on.
 */
export type AvroValue<S, Long extends AvroLong = 'number'> = Value<S, Long, Names<S, ''>, ''>

interface Primitives<Long extends AvroLong> {
  null: null
  boolean: boolean
  int: number
  long: Long extends 'bigint' ? bigint : number
  float: number
  double: number
  bytes: Uint8Array
  string: string
}

/** `Env` maps full names to schemas; `Ns` is the namespace that a name without dots belongs to. */
type Value<S, Long extends AvroLong, Env, Ns extends string> = S extends keyof Primitives<Long>
  ? Primitives<Long>[S]
  : S extends string
    ? Reference<FullName<S, Ns>, Long, Env>
    : S extends readonly (infer Branch)[]
      ? Branch extends unknown
        ? Value<Branch, Long, Env, Ns>
        : never
      : S extends { type: 'long'; logicalType: 'timestamp-millis' } | { type: 'int'; logicalType: 'date' }
        ? Date
        : S extends { type: 'record' | 'error'; fields: infer F extends readonly { name: string; type: unknown }[] }
          ? { [Field in F[number] as Field['name']]: Value<Field['type'], Long, Env, InnerNamespace<S, Ns>> }
          : S extends { type: 'enum'; symbols: readonly (infer Symbol)[] }
            ? Symbol
            : S extends { type: 'array'; items: infer Items }
              ? Value<Items, Long, Env, Ns>[]
              : S extends { type: 'map'; values: infer Values }
                ? Record<string, Value<Values, Long, Env, Ns>>
                : S extends { type: 'fixed' }
                  ? Uint8Array
                  : S extends { type: infer T }
                    ? Value<T, Long, Env, Ns>
                    : unknown

/** A definition carries the namespace it was made in, so that the names inside it mean the same wherever it is used. */
type Reference<Name extends string, Long extends AvroLong, Env> = Name extends keyof Env
  ? Env[Name] extends Definition<infer S, infer Ns>
    ? Value<S, Long, Env, Ns>
    : unknown
  : unknown

interface Definition<S, Ns extends string> {
  readonly schema: S
  readonly ns: Ns
}

/** All named types in a schema, by full name. */
type Names<S, Ns extends string> = S extends string
  ? {}
  : S extends readonly (infer Branch)[]
    ? Merged<Branch extends unknown ? Names<Branch, Ns> : never>
    : S extends { type: 'record' | 'error'; name: string; fields: readonly (infer F)[] }
      ? { [N in OwnName<S, Ns>]: Definition<S, Ns> } & Merged<
          F extends { type: infer T } ? Names<T, InnerNamespace<S, Ns>> : never
        >
      : S extends { type: 'enum' | 'fixed'; name: string }
        ? { [N in OwnName<S, Ns>]: Definition<S, Ns> }
        : S extends { type: 'array'; items: infer Items }
          ? Names<Items, Ns>
          : S extends { type: 'map'; values: infer Values }
            ? Names<Values, Ns>
            : S extends { type: infer T }
              ? Names<T, Ns>
              : {}

type Merged<U> = (U extends unknown ? (u: U) => void : never) extends (all: infer All) => void ? All : never

type OwnName<S, Ns extends string> = S extends { name: infer N extends string }
  ? FullName<N, OwnNamespace<S, Ns>>
  : never
type FullName<N extends string, Ns extends string> = N extends `${string}.${string}`
  ? N
  : Ns extends ''
    ? N
    : `${Ns}.${N}`
type OwnNamespace<S, Ns extends string> = S extends { namespace: infer Own extends string } ? Own : Ns
/** The namespace for what is defined inside: of the full name where that is dotted, else the attribute, else the outer one. */
type InnerNamespace<S, Ns extends string> = S extends { name: infer N extends string }
  ? N extends `${string}.${string}`
    ? BeforeLastDot<N>
    : OwnNamespace<S, Ns>
  : Ns
type BeforeLastDot<N extends string> = N extends `${infer Head}.${infer Tail}`
  ? Tail extends `${string}.${string}`
    ? `${Head}.${BeforeLastDot<Tail>}`
    : Head
  : ''
