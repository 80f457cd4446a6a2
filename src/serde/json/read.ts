import { counted, errorText } from '../../errors.js'
import { cannotRead } from '../failure.js'
import { readUtf8 } from '../text.js'
import { KnownShapes } from './known-shapes.js'
import { shapeReader, unmatched, type ShapeReader } from './shape-reader.js'

/** Longer texts are mostly long strings, which `JSON.parse` reads as fast. */
const longest = 4_096
/** `{"a":1}` */
const shortest = 7

/** By some of the first bytes of a text. */
const readers = Array.from({ length: 256 }, () => new KnownShapes<ShapeReader>())

/** The JSON value that is `buffer[start, end)`. @throws SluiceError DESERIALIZE */
export function readJson(buffer: Buffer, start: number, end: number): unknown {
  const shapes = shapesFor(buffer, start, end)
  if (shapes === undefined) return parse(buffer, start, end)
  const { list } = shapes
  for (let i = 0; i < list.length; i++) {
    const value = list[i]!(buffer, start, end)
    if (value === unmatched) continue
    shapes.hit(i)
    return value
  }
  const value = parse(buffer, start, end)
  if (shapes.miss()) shapes.learned(shapeReader(value, buffer, start, end))
  return value
}

/** `undefined` where none are looked for. */
function shapesFor(buffer: Buffer, start: number, end: number): KnownShapes<ShapeReader> | undefined {
  const length = end - start
  if (length < shortest || length > longest) return undefined
  const first = buffer[start]
  if (first !== 123 && first !== 91) return undefined
  const mixed = buffer[start + 2]! + buffer[start + 3]! * 3 + buffer[start + 4]! * 7 + buffer[start + 5]! * 13
  return readers[mixed & 255]
}

function parse(buffer: Buffer, start: number, end: number): unknown {
  const text = readUtf8(buffer, start, end)
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw cannotRead('json', `${counted(end - start, 'byte')}: ${errorText(thrown)}`, undefined, thrown)
  }
}
