/** What Node's Buffers have and its types leave out; `toString` and `write` end there after sorting out their arguments. */
interface TextBuffer extends Buffer {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
  utf8Write(text: string, offset: number): number
}

/** Texts up to this length are put together from their characters; a native call takes as long whatever the length. */
const longestLatin1 = 24
/** Lower, because every byte has to be looked at first. */
const longestAscii = 16

type ShortReader = (buffer: Buffer, start: number) => string

/**
 * By length: `String.fromCharCode(b[s], b[s + 1], …)`, for which V8 has an instruction sequence of its own (9 to 33 ns, where
 * the native call takes 50). Empty where code must not be made from text.
 */
const shortReaders: readonly ShortReader[] = makeShortReaders()

function makeShortReaders(): ShortReader[] {
  try {
    return Array.from({ length: longestLatin1 + 1 }, (_, length) => {
      const codes = Array.from({ length }, (_code, i) => `b[s + ${i}]`)
      // oxlint-disable-next-line typescript/no-implied-eval
      return new Function('b', 's', `return String.fromCharCode(${codes.join(', ')})`) as ShortReader
    })
  } catch {
    return []
  }
}

/** The text in `buffer[start, end)`; what is not UTF-8 reads as U+FFFD. */
export function readUtf8(buffer: Buffer, start: number, end: number): string {
  if (end - start <= longestAscii && isAscii(buffer, start, end)) return readLatin1(buffer, start, end)
  return (buffer as TextBuffer).utf8Slice(start, end)
}

/** Whether every byte of `buffer[start, end)` is a character of ASCII. */
export function isAscii(buffer: Buffer, start: number, end: number): boolean {
  let bits = 0
  for (let i = start; i < end; i++) bits |= buffer[i]!
  return bits < 0x80
}

/** One character for each byte: such texts compare as their bytes do. */
export function readLatin1(buffer: Buffer, start: number, end: number): string {
  const read = shortReaders[end - start]
  return read === undefined ? (buffer as TextBuffer).latin1Slice(start, end) : read(buffer, start)
}

/** Above this length the native call is cheaper than a loop over ASCII (measured: about 3 ns a character to 80 ns a call). */
const loopLimit = 24

/**
 * Writes text as UTF-8 at `offset`; answers the bytes written, or a negative number: how many more it would have needed.
 * A lone surrogate becomes U+FFFD, as everywhere in JavaScript.
 */
export function writeUtf8(text: string, buffer: Buffer, offset: number): number {
  const length = text.length
  const room = buffer.length - offset
  if (length <= loopLimit && length <= room) {
    let i = 0
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) break
      buffer[offset + i] = code
    }
    if (i === length) return length
  }
  if (room < length * 3) {
    const needed = Buffer.byteLength(text, 'utf8')
    if (needed > room) return room - needed
  }
  return (buffer as TextBuffer).utf8Write(text, offset)
}
