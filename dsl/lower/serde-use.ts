import { SluiceError } from '../../src/errors.js'
import type { Serde } from '../../src/serde/serde.js'
import { typeOf } from '../node-kinds.js'
import type { Node, SerdeChoice } from '../nodes.js'
import { serdeName } from '../serde-name.js'

/** One serde in use: where, which, and why it was chosen. */
export interface SerdeUse {
  /** The topic or the store. */
  readonly at: string
  readonly part: 'key' | 'value'
  readonly serde: string
  readonly why: string
}

/** The serde of keys or values that have to be written, noted for `describe()`. @throws SluiceError NO_SERDE */
export function needSerde(
  choice: SerdeChoice,
  part: 'key' | 'value',
  at: string,
  node: Node,
  uses: SerdeUse[],
): Serde<any> {
  const { serde, why } = choice
  if (serde !== undefined) {
    uses.push({ at, part, serde: serdeName(serde), why })
    return serde
  }
  const place = part === 'value' ? maker(node) : node
  throw new SluiceError('NO_SERDE', `nothing says how to write the ${part}s of ${at}: ${why}`, {
    place: { operator: typeOf(place), line: place.line },
    hint: hint(place, part),
  })
}

function hint(node: Node, part: 'key' | 'value'): string {
  if (part === 'value') {
    const given = call(node, 'value: json()')
    return `name it here: ${given}, or give the pipeline a default: pipeline(id, { value: json() })`
  }
  if (takesKeys.has(node.kind)) return `name it here: ${call(node, 'key: …')}`
  // Nothing but keys of two serdes that come together.
  return (
    'where both write alike, use one serde for both; otherwise write .repartition({ key: … }) on the stream of one of them ' +
    'before they meet, with the serde of the other'
  )
}

/** Where equal keys need not meet. */
const takesKeys = new Set<Node['kind']>(['repartition', 'delay', 'call'])

/** What made the values: `suppress` and tables that were computed have them as they came. */
function maker(node: Node): Node {
  const [parent] = node.parents
  const passes = parent !== undefined && parent.value === node.value
  return passes && (node.kind === 'suppress' || node.kind === 'table-step') ? maker(parent) : node
}

function call(node: Node, option: string): string {
  const type = typeOf(node)
  switch (node.kind) {
    case 'stream-join':
      return `.${type}(…, { thisValue: json(), otherValue: json() })`
    case 'repartition':
      if (type === 'groupBy') return `.groupBy(…, { ${option} })`
      return type === 'shard' ? `.shard({ …, ${option} })` : `.repartition({ ${option} })`
    case 'cogroup':
      return `.aggregate(…, { ${option} })`
    default:
      return type === 'toTable' ? `.toTable({ ${option} })` : `.${type}(…, { ${option} })`
  }
}
