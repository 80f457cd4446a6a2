import avsc from 'avsc'

// The parts of avsc that its typings leave out: the inner methods that a type of one's own overrides.

/** avsc's cursor: `pos` may run past the end of `buf`, which is checked when all is read. */
export interface Tap {
  readonly buf: Buffer
  pos: number
  readLong(): number
  skipLong(): void
  writeLong(n: number): void
  readString(): string
  skipString(): void
  writeBytes(bytes: Buffer): void
  writeFixed(bytes: Buffer, length: number): void
}

export type Check = (value: unknown, flags: number, hook?: InvalidHook, path?: string[]) => boolean

export type InvalidHook = (value: unknown, type: AvscType) => void

export interface AvscType {
  /** With the namespace, of what has one. */
  readonly name?: string
  readonly typeName: string
  readonly branchName: string | undefined
  encode(value: unknown, buffer: Buffer, position: number): number
  decode(buffer: Buffer, position: number, resolver?: Resolver): { value: unknown; offset: number }
  createResolver(writer: AvscType, opts?: ResolverOptions): Resolver
  isValid(value: unknown, options: { errorHook: (path: string[], value: unknown, type: AvscType) => void }): boolean
  toString(): string
  schema(opts?: { readonly exportAttrs?: boolean }): unknown
  _check(value: unknown, flags: number, hook?: InvalidHook, path?: string[]): boolean
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
  _write(tap: Tap, value: unknown): void
  _copy(value: unknown, how?: { wrap?: number }): unknown
  _update(resolver: { _read: unknown }, writer: AvscType, opts: ResolverOptions): void
}

export interface AvscRecord {
  readonly fields: readonly AvscField[]
}

export interface AvscField {
  readonly name: string
  readonly aliases: readonly string[]
  /** `undefined` where there is none. */
  defaultValue(): unknown
}

export interface ResolverOptions {
  /** The resolvers of records that are being made: a record within itself is read by the one it lies in. */
  registry?: Record<string, Resolver>
  /** Names match where they are the same behind their namespaces. */
  readonly ignoreNamespaces?: boolean
}

export interface Resolver {
  _read(tap: Tap): unknown
}

type Class<T> = new (schema: unknown, options: unknown) => T

/** avsc's own classes, to be extended. */
export const base: BaseTypes = avsc.types as unknown as BaseTypes

interface BaseTypes {
  readonly BytesType: new () => AvscType
  readonly IntType: new () => AvscType
  readonly FloatType: new () => AvscType
  readonly DoubleType: new () => AvscType
  readonly EnumType: Class<AvscType>
  readonly RecordType: Class<
    AvscType & { _createChecker(): Check; _createConstructor(...how: unknown[]): { prototype: object } }
  >
  readonly FixedType: Class<AvscType & { readonly size: number }>
  readonly ArrayType: Class<AvscType & { readonly itemsType: AvscType }>
  readonly MapType: Class<AvscType & { readonly valuesType: AvscType }>
  readonly WrappedUnionType: Class<AvscType & { readonly types: readonly AvscType[] }>
  readonly LogicalType: Class<AvscType>
  readonly LongType: { new (): AvscType; __with(methods: LongMethods): AvscType }
}

/** How a long of one's own is made; buffers hold 8 bytes, little-endian. */
export interface LongMethods {
  toBuffer(value: unknown): Buffer
  fromBuffer(buffer: Buffer): unknown
  fromJSON(value: unknown): unknown
  toJSON(value: unknown): unknown
  isValid(value: unknown): boolean
  compare(a: unknown, b: unknown): number
}

/** Tells avsc's hook of an invalid value; for the last line of a `_check`. */
export function invalid(type: AvscType, value: unknown, hook: InvalidHook | undefined): false {
  hook?.(value, type)
  return false
}
