import { expect, test } from 'vitest'
import { string } from '../../src/serde/index.js'
import { directWriter } from '../../src/serde/direct.js'
import { Arena } from '../../src/store/arena.js'

test('pieces stay as they were, whatever is taken after them', () => {
  const arena = new Arena()
  const write = directWriter(string)
  const texts = Array.from({ length: 2000 }, (_, i) => 'ä'.repeat((i * 37) % 400) + i)
  texts.splice(700, 0, 'x'.repeat(200_000), '', 'y'.repeat(65_536))
  const pieces = texts.map(text => arena.take(write, text, 3))
  pieces.forEach((piece, i) => expect(piece.toString('utf8', 3)).toBe(texts[i]))
  pieces[0]!.fill(1)
  expect(pieces[1]!.toString('utf8', 3)).toBe(texts[1])
})

test('takes from serdes that write no further than serialize', () => {
  const write = directWriter<string>({ serialize: value => Buffer.from(value) })
  const arena = new Arena()
  expect(arena.take(write, 'x'.repeat(70_000), 0)).toHaveLength(70_000)
  expect(arena.take(write, 'abc', 0).toString()).toBe('abc')
})
