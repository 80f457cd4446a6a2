import {
  base,
  invalid,
  type AvscType,
  type InvalidHook,
  type Resolver,
  type ResolverOptions,
  type Tap,
} from './avsc.js'

/**
 * A union whose values are as they are, never wrapped, whatever its branches. A record that was read goes back to the branch
 * it came from; any other value to the first branch that takes it without a field left over, otherwise to the first that
 * takes it. So values of branches that look alike (int and long, string and enum) come back equal, though perhaps from
 * another branch.
 */
export function naturalUnion(schema: unknown, options: unknown): AvscType {
  // avsc freezes a type in its constructor, so what depends on the branches is kept beside it.
  let branchOf: (value: unknown) => number = () => -1

  class NaturalUnion extends base.WrappedUnionType {
    override _check(value: unknown, flags: number, hook?: InvalidHook, path?: string[]): boolean {
      const type = this.types[branchOf(value)]
      return type === undefined ? invalid(this, value, hook) : type._check(value, flags, hook, path)
    }

    override _read(tap: Tap): unknown {
      return this.#branch(tap.readLong())._read(tap)
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
        resolver._read = (tap: Tap) => branch._read(tap)
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
  branchOf = branchFinder(union.types)
  return union
}

function branchFinder(types: readonly AvscType[]): (value: unknown) => number {
  const nullBranch = types.findIndex(isNull)
  if (types.length === 2 && nullBranch >= 0) return value => (value === null ? nullBranch : 1 - nullBranch)

  const records = new Map(
    types.flatMap((type, i) => (type.recordConstructor === undefined ? [] : [[type.recordConstructor, i]])),
  )
  return value => {
    if (value === null) return nullBranch
    if (typeof value === 'object') {
      const origin = records.get(value.constructor as new () => object)
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

function isNull(type: AvscType): boolean {
  return type.typeName === 'null'
}
