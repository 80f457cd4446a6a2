import { errorText } from '../../errors.js'
import { cannotWrite } from '../failure.js'
import { writeUtf8 } from '../text.js'
import { KnownShapes } from './known-shapes.js'
import { shapeWriter, unwritten, type ShapeWriter } from './shape-writer.js'

/** Shapes are looked for by the first name of an object; of more than so many names none are kept. */
const mostNames = 256

const writers = new Map<string, KnownShapes<ShapeWriter>>()
const ofLists = new KnownShapes<ShapeWriter>()

/**
 * Writes what `JSON.stringify` gives as UTF-8 at `offset`; answers the bytes written, or a negative number: how many more it
 * would have needed. @throws SluiceError SERIALIZE
 */
export function writeJson(value: unknown, buffer: Buffer, offset: number): number {
  const shapes = shapesFor(value)
  if (shapes === undefined) return writeUtf8(jsonText(value), buffer, offset)
  const { list } = shapes
  for (let i = 0; i < list.length; i++) {
    const length = attempt(list[i]!, value as object, buffer, offset)
    if (length === unwritten) continue
    shapes.hit(i)
    return length
  }
  const text = jsonText(value)
  if (shapes.miss()) shapes.learned(shapeWriter(value as object, text))
  return writeUtf8(text, buffer, offset)
}

/** The JSON text of a value. @throws SluiceError SERIALIZE */
export function jsonText(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw cannotWrite('json', value, 'finite numbers')
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (thrown) {
    throw cannotWrite('json', value, `what JSON.stringify does: ${errorText(thrown)}`, thrown)
  }
  if (text === undefined) throw cannotWrite('json', value, 'null, booleans, numbers, strings, arrays and objects')
  if (text.includes('{}')) refuseLost(value)
  return text
}

/** `JSON.stringify` leaves nothing of a promise, wherever it is, and of these. @throws SluiceError SERIALIZE */
function refuseLost(value: unknown): void {
  if (value instanceof Map || value instanceof Set) {
    throw cannotWrite('json', value, 'arrays and plain objects: [...value], or Object.fromEntries(value)')
  }
  JSON.stringify(value, (_, part: unknown) => {
    if (!(part instanceof Promise)) return part
    // Nobody else looks at how it ends: without this a rejection would end the process.
    part.catch(() => undefined)
    throw cannotWrite('json', part, 'what is there: mapAsync, effect and process wait for promises')
  })
}

/** What a getter of the value throws is `JSON.stringify`'s to meet. */
function attempt(write: ShapeWriter, value: object, buffer: Buffer, offset: number): number {
  try {
    return write(value, buffer, offset)
  } catch {
    return unwritten
  }
}

/** `undefined` where none are looked for. */
function shapesFor(value: unknown): KnownShapes<ShapeWriter> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) return ofLists
  for (const name in value) return writers.get(name) ?? begin(name)
  return undefined
}

function begin(name: string): KnownShapes<ShapeWriter> | undefined {
  if (writers.size === mostNames) return undefined
  const shapes = new KnownShapes<ShapeWriter>()
  writers.set(name, shapes)
  return shapes
}
