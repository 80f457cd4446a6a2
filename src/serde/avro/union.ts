import {
  base,
  invalid,
  type AvscRecord,
  type AvscType,
  type InvalidHook,
  type Resolver,
  type ResolverOptions,
  type Tap,
} from './avsc.js'

/**
 * A union whose values are as they are, never wrapped, whatever its branches. A record or map that was read goes back to the
 * branch it came from; any other value to the first branch that takes it without a field left over, otherwise to the first that
 * takes it. So values of branches that look alike (int and long, string and enum) come back equal, though perhaps from
 * another branch.
 */
export function naturalUnion(schema: unknown, options: unknown): AvscType {
  // avsc freezes a type in its constructor, so what depends on the branches is kept beside it.
  let branchOf: (value: unknown) => number = () => -1
  let kept: (value: unknown, branch: number) => unknown = value => value

  class NaturalUnion extends base.WrappedUnionType {
    override _check(value: unknown, flags: number, hook?: InvalidHook, path?: string[]): boolean {
      const type = this.types[branchOf(value)]
      return type === undefined ? invalid(this, value, hook) : type._check(value, flags, hook, path)
    }

    override _read(tap: Tap): unknown {
      const index = tap.readLong()
      return kept(this.#branch(index)._read(tap), index)
    }

    override _skip(tap: Tap): void {
      this.#branch(tap.readLong())._skip(tap)
    }

    override _write(tap: Tap, value: unknown): void {
      const index = branchOf(value)
      const type = this.types[index]
      if (type === undefined) throw new Error('no branch of the union takes this value')
      tap.writeLong(index)
      type._write(tap, value)
    }

    /** avsc copies defaults only; `wrap: 2` is the default as the schema has it, which belongs to the first branch. */
    override _copy(value: unknown, how?: { wrap?: number }): unknown {
      const type = this.types[how?.wrap === 2 ? 0 : branchOf(value)]
      if (type === undefined) throw new Error('no branch of the union takes this value')
      return type._copy(value, how)
    }

    /**
     * Reading what was written without a union, or by one branch of another: by the branch of that full name, or of that
     * type, or the first that can. Bytes that a text before them took would be lost.
     */
    override _update(resolver: { _read: unknown }, writer: AvscType, opts: ResolverOptions): void {
      const named = this.types.filter(({ name }) => name !== undefined && name === writer.name)
      const alike = this.types.filter(({ typeName }) => typeName === writer.typeName)
      for (const type of [...named, ...alike, ...this.types]) {
        const branch = resolverOf(type, writer, opts)
        if (branch === undefined) continue
        const index = this.types.indexOf(type)
        resolver._read = (tap: Tap) => kept(branch._read(tap), index)
        return
      }
    }

    #branch(index: number): AvscType {
      const type = this.types[index]
      if (type === undefined) throw new Error(`a union has no branch ${index}`)
      return type
    }
  }

  const union = new NaturalUnion(schema, options)
  const origins = new WeakMap<object, number>()
  branchOf = branchFinder(union.types, origins)
  const unclear = union.types.map((type, i) => union.types.some((other, j) => i !== j && passesFor(type, other)))
  if (unclear.includes(true)) {
    kept = (value, branch) => {
      if (unclear[branch] === true) origins.set(value as object, branch)
      return value
    }
  }
  return union
}

function branchFinder(types: readonly AvscType[], origins: WeakMap<object, number>): (value: unknown) => number {
  const nullBranch = types.findIndex(isNull)
  if (types.length === 2 && nullBranch >= 0) return value => (value === null ? nullBranch : 1 - nullBranch)

  return value => {
    if (value === null) return nullBranch
    if (typeof value === 'object') {
      const origin = origins.get(value)
      if (origin !== undefined) return origin
    }
    const exact = types.findIndex(type => type._check(value, 1))
    return exact >= 0 ? exact : types.findIndex(type => type._check(value, 0))
  }
}

function resolverOf(reader: AvscType, writer: AvscType, opts: ResolverOptions): Resolver | undefined {
  // Of a branch that does not fit nothing may stay.
  const registry = { ...opts.registry }
  try {
    const resolver = reader.createResolver(writer, { ...opts, registry })
    Object.assign(opts.registry!, registry)
    return resolver
  } catch (error) {
    if (error instanceof RangeError) throw error
    return undefined
  }
}

/** Whether what was read as the one may be a value of the other too, by the names of its fields. */
function passesFor(type: AvscType, other: AvscType): boolean {
  if (isMap(type)) return isMap(other) || isRecord(other)
  if (!isRecord(type)) return false
  if (!isRecord(other)) return isMap(other)
  const has = ({ fields }: AvscRecord, name: string) => fields.some(field => field.name === name)
  return (
    type.fields.every(({ name }) => has(other, name)) &&
    other.fields.every(field => has(type, field.name) || field.defaultValue() !== undefined)
  )
}

function isMap(type: AvscType): boolean {
  return type.typeName === 'map'
}

function isRecord(type: AvscType): type is AvscType & AvscRecord {
  return 'fields' in type
}

function isNull(type: AvscType): boolean {
  return type.typeName === 'null'
}
