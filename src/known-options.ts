import { SluiceError } from './errors.js'

/**
 * The names of the options that a type has, each with the values that it may have, or with `true` where its value is looked
 * at elsewhere. A name too many or too few does not compile.
 */
export type KnownOptions<T> = { readonly [N in keyof T]-?: true | readonly Exclude<T[N], undefined>[] }

/** The values of what is said or not. */
export const flag = [true, false] as const

/**
 * For those who write JavaScript, and for objects that are made elsewhere, whose names the compiler does not check.
 *
 * @throws SluiceError BAD_ARGUMENT for options that nobody reads, and for values that an option does not have
 */
export function checkKnown(
  by: string,
  options: unknown,
  known: Readonly<Record<string, true | readonly unknown[]>>,
  line?: string,
): void {
  if (options === undefined) return
  const wrong = (what: string, hint: string) => new SluiceError('BAD_ARGUMENT', what, { place: { line }, hint })
  const takes = `it takes ${Object.keys(known).join(', ')}`
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrong(`${by} needs its options as an object, not ${kindOf(options)}`, takes)
  }
  if (isHandle(options) && 'key' in known && 'value' in known) return
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      const near = Object.keys(known).find(other => isNear(name, other))
      throw wrong(`${by} has no option "${name}"`, near === undefined ? takes : `did you mean "${near}"? ${takes}`)
    }
    const values = known[name]
    if (value === undefined || values === undefined || values === true || values.includes(value)) continue
    throw wrong(`${by}: ${name}: ${shown(value)} is not known`, `write ${oneOf(values.map(shown))}`)
  }
}

/** What `topic()` and `store()` make stands for its serdes. */
function isHandle(options: object): boolean {
  return Object.isFrozen(options) && 'name' in options && 'key' in options && 'value' in options
}

function oneOf(texts: readonly string[]): string {
  return `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}

function kindOf(given: unknown): string {
  if (Array.isArray(given)) return 'an array'
  return given === null ? 'null' : typeof given === 'object' ? 'an object' : `a ${typeof given}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : kindOf(value)
}

/** Whether one is the other but for its case, or for one character too many, too few, another one, or two that changed places. */
function isNear(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()]
  let from = 0
  while (from < one.length && one[from] === other[from]) from++
  const rest = (text: string, skipped: number) => text.slice(from + skipped)
  return (
    rest(one, 0) === rest(other, 0) ||
    rest(one, 1) === rest(other, 0) ||
    rest(one, 0) === rest(other, 1) ||
    rest(one, 1) === rest(other, 1) ||
    (one[from] === other[from + 1] && one[from + 1] === other[from] && rest(one, 2) === rest(other, 2))
  )
}
