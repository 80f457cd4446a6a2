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
  throw new SluiceError('NO_SERDE', `nothing says how to write the ${part}s of ${at}: ${why}`, {
    place: { operator: typeOf(node), line: node.line },
    hint: hint(node, part),
  })
}

function hint(node: Node, part: 'key' | 'value'): string {
  const here = `name it here: ${call(node, part)}`
  return part === 'key' ? here : `${here}, or give the pipeline a default: pipeline(id, { value: json() })`
}

function call(node: Node, part: 'key' | 'value'): string {
  if (node.kind === 'stream-join')
    return `.${node.type}(…, { ${part === 'key' ? 'key: string' : 'thisValue: json(), otherValue: json()'} })`
  const option = part === 'key' ? 'key: string' : 'value: json()'
  if (node.kind === 'repartition') {
    if (node.type === 'groupBy') return `.groupBy(…, { ${option} })`
    return node.type === 'shard' ? `.shard({ …, ${option} })` : `.repartition({ ${option} })`
  }
  return `.${typeOf(node)}(${node.kind === 'stateful' && node.type === 'toTable' ? '' : '…, '}{ ${option} })`
}
