/**
 * Those of a list that are named, in the order of the names; all without names.
 * @throws Error for a name that is not in the list
 */
export function pick<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): T[] {
  return (names ?? all.map(({ name }) => name)).map(name => {
    const found = all.find(one => one.name === name)
    if (found === undefined)
      throw new Error(`no ${what} is called "${name}"; there are: ${all.map(one => one.name).join(', ')}`)
    return found
  })
}
