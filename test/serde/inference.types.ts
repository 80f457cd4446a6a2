import {
  avro,
  json,
  long,
  string,
  windowed,
  int64,
  type AvroValue,
  type Serde,
  type StandardSchema,
  type WindowKey,
} from '../../src/serde/index.js'

// Compiled, not run: `tsc` is the test. Each `@ts-expect-error` must be one.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function holds<_T extends true>(): void
type Of<S> = S extends Serde<infer T> ? T : 'not a serde'

const job = {
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'importId', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['started', 'completed'] } },
    { name: 'previous', type: ['null', 'Status'], default: null },
    { name: 'children', type: { type: 'array', items: 'Job' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'size', type: 'long' },
    { name: 'labels', type: { type: 'map', values: ['int', 'string'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 } },
    { name: 'done', type: 'boolean' },
  ],
} as const
type Job = AvroValue<typeof job>
holds<Equal<Job['importId'], string>>()
holds<Equal<Job['status'], 'started' | 'completed'>>()
holds<Equal<Job['previous'], 'started' | 'completed' | null>>()
holds<Equal<Job['children'][0]['children'][0]['size'], number>>()
holds<Equal<Job['at'], Date>>()
holds<Equal<Job['day'], Date>>()
holds<Equal<Job['labels'], Record<string, number | string>>>()
holds<Equal<Job['hash'], Uint8Array>>()
holds<Equal<Job['price'], Uint8Array>>()
holds<Equal<Job['done'], boolean>>()
holds<Equal<Of<ReturnType<typeof jobSerde>>, Job>>()
function jobSerde() {
  return avro(job)
}

// in place, without `as const`
const inPlace = avro({ type: 'record', name: 'X', fields: [{ name: 'a', type: 'int' }] })
holds<Equal<Of<typeof inPlace>, { a: number }>>()
const primitive = avro('long')
holds<Equal<Of<typeof primitive>, number>>()
const union = avro(['null', 'string'])
holds<Equal<Of<typeof union>, null | string>>()

// longs as bigint, in nested places; a Date stays a Date
const big = avro(job, { long: 'bigint' })
holds<Equal<Of<typeof big>['children'][0]['size'], bigint>>()
holds<Equal<Of<typeof big>['at'], Date>>()
const small = avro(job, { long: 'number' })
holds<Equal<Of<typeof small>, Job>>()

// a logical type on another type than its own is ignored
const odd = avro({ type: 'long', logicalType: 'date' })
holds<Equal<Of<typeof odd>, number>>()

// namespaces: the same short name in two of them
const spaced = avro({
  type: 'record',
  name: 'Outer',
  namespace: 'a',
  fields: [
    { name: 'here', type: { type: 'enum', name: 'Kind', symbols: ['x'] } },
    {
      name: 'there',
      type: {
        type: 'record',
        name: 'b.c.Inner',
        fields: [
          { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['y'] } },
          { name: 'mine', type: 'Kind' },
          { name: 'other', type: 'a.Kind' },
        ],
      },
    },
    { name: 'again', type: 'Kind' },
    { name: 'full', type: 'b.c.Kind' },
    { name: 'self', type: ['null', 'a.Outer'] },
  ],
})
type Spaced = Of<typeof spaced>
holds<Equal<Spaced['there']['mine'], 'y'>>()
holds<Equal<Spaced['there']['other'], 'x'>>()
holds<Equal<Spaced['again'], 'x'>>()
holds<Equal<Spaced['full'], 'y'>>()
holds<Equal<NonNullable<Spaced['self']>['again'], 'x'>>()

// a widened schema says nothing: its values are never, unless the type is named
const wide = { type: 'record', name: 'X', fields: [{ name: 'a', type: 'int' }] }
const unnamed = avro(wide)
holds<Equal<Of<typeof unnamed>, never>>()
// @ts-expect-error nothing can be written without naming the type
unnamed.serialize({ a: 1 })
const named = avro<{ a: number }>(wide)
holds<Equal<Of<typeof named>, { a: number }>>()
const typed = avro<{ type: string; size: number }>(wide)
holds<Equal<Of<typeof typed>, { type: string; size: number }>>()

// @ts-expect-error no such symbol
avro(job).serialize({ ...avro(job).deserialize(new Uint8Array()), status: 'complete' })
// @ts-expect-error no such option
avro(job, { long: 'string' })
// @ts-expect-error not a schema
avro(5)

// invariance: neither a wider nor a narrower serde is taken
declare function takes<T>(serde: Serde<T>): void
takes<{ done: number }>(json<{ done: number }>())
// @ts-expect-error reads less than it writes
takes<{ done: number }>(json<{ done: number; total: number }>())
// @ts-expect-error reads more than it was given
takes<{ done: number; total: number }>(json<{ done: number }>())
// @ts-expect-error bigint is not number
takes<number>(int64)
takes<number>(long)
takes<WindowKey<string>>(windowed(string))
// @ts-expect-error the key inside differs
takes<WindowKey<number>>(windowed(string))

// schemas of validation libraries
declare const order: StandardSchema<{ id: string }, { id: string }>
const orders = json(order)
holds<Equal<Of<typeof orders>, { id: string }>>()
declare const coerced: StandardSchema<unknown, Date>
const dates = json(coerced)
holds<Equal<Of<typeof dates>, Date>>()
declare const transformed: StandardSchema<string, number>
// @ts-expect-error what it gives could not be written again
json(transformed)
const anything = json()
holds<Equal<Of<typeof anything>, unknown>>()
