/** So many keys are sorted by comparing them. */
const few = 16
/** Bytes of a key that are looked at together, and beside them how many there are. */
const chunk = 7
const digits = 8

/**
 * The numbers of keys in byte order, of equal keys the highest number only: a radix sort, lowest digit first, of seven bytes
 * of the keys behind those that all have in common; keys that are alike so far are sorted by the bytes behind. The key of
 * number `n` is `bytes[starts[n], ends[n])`.
 */
export function sortKeys(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array, count: number): Uint32Array {
  let [order, high, low] = columns(count)
  let [orderAside, highAside, lowAside] = columns(count)
  const places = Array.from({ length: digits }, () => new Uint32Array(256))
  const superseded = new Uint8Array(count)
  for (let n = 0; n < count; n++) order[n] = n

  const sort = (from: number, to: number, depth: number): void => {
    if (to - from <= few) return insert(from, to, depth)
    depth = commonUpTo(from, to, depth)
    take(from, to, depth)
    for (let digit = 0; digit < digits; digit++) distribute(from, to, digit)
    for (let at = from; at < to;) {
      const first = at
      const [h, l] = [high[at]!, low[at]!]
      do at++
      while (at < to && high[at] === h && low[at] === l)
      if (at - first === 1) continue
      if ((l & 255) > chunk) sort(first, at, depth + chunk)
      else for (let same = first; same < at - 1; same++) superseded[order[same]!] = 1
    }
  }

  /** How many bytes all of these keys have in common. */
  const commonUpTo = (from: number, to: number, depth: number): number => {
    const first = starts[order[from]!]!
    let common = ends[order[from]!]! - first
    for (let at = from + 1; at < to; at++) {
      const n = order[at]!
      const start = starts[n]!
      const most = Math.min(common, ends[n]! - start)
      let alike = depth
      while (alike < most && bytes[start + alike] === bytes[first + alike]) alike++
      common = alike
    }
    return common
  }

  /** The bytes from `depth` on as two numbers; the last eight bits say how many there are, as keys that end come first. */
  const take = (from: number, to: number, depth: number): void => {
    for (const place of places) place.fill(0)
    for (let at = from; at < to; at++) {
      const n = order[at]!
      const start = starts[n]! + depth
      const left = ends[n]! - start
      let h = 0
      let l = Math.min(left, chunk + 1)
      if (left >= chunk) {
        h = (bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!
        l |= (bytes[start + 4]! << 24) | (bytes[start + 5]! << 16) | (bytes[start + 6]! << 8)
      } else {
        for (let i = 0; i < left; i++) {
          if (i < 4) h |= bytes[start + i]! << (24 - 8 * i)
          else l |= bytes[start + i]! << (56 - 8 * i)
        }
      }
      high[at] = h
      low[at] = l
      for (let digit = 0; digit < 4; digit++) {
        places[digit]![(l >>> (8 * digit)) & 255]!++
        places[digit + 4]![(h >>> (8 * digit)) & 255]!++
      }
    }
  }

  const distribute = (from: number, to: number, digit: number): void => {
    const numbers = digit < 4 ? low : high
    const shift = 8 * (digit & 3)
    const place = places[digit]!
    if (place[(numbers[from]! >>> shift) & 255] === to - from) return
    for (let byte = 0, next = from; byte < 256; byte++) {
      const size = place[byte]!
      place[byte] = next
      next += size
    }
    for (let at = from; at < to; at++) {
      const target = place[(numbers[at]! >>> shift) & 255]!++
      orderAside[target] = order[at]!
      highAside[target] = high[at]!
      lowAside[target] = low[at]!
    }
    if (from === 0 && to === count) {
      ;[order, high, low, orderAside, highAside, lowAside] = [orderAside, highAside, lowAside, order, high, low]
    } else {
      order.set(orderAside.subarray(from, to), from)
      high.set(highAside.subarray(from, to), from)
      low.set(lowAside.subarray(from, to), from)
    }
  }

  const insert = (from: number, to: number, depth: number): void => {
    const compare = (a: number, b: number): number =>
      compareKeys(bytes, starts[a]!, ends[a]!, starts[b]!, ends[b]!, depth)
    for (let at = from + 1; at < to; at++) {
      const n = order[at]!
      let place = at
      for (; place > from && compare(order[place - 1]!, n) > 0; place--) order[place] = order[place - 1]!
      order[place] = n
      // The keys up to it are in order: an equal one, of a lower number, lies before it.
      if (place > from && compare(order[place - 1]!, n) === 0) superseded[order[place - 1]!] = 1
    }
  }

  sort(0, count, 0)
  let kept = 0
  for (let at = 0; at < count; at++) if (superseded[order[at]!] === 0) order[kept++] = order[at]!
  return order.subarray(0, kept)
}

const columns = (count: number): [Uint32Array, Uint32Array, Uint32Array] => [
  new Uint32Array(count),
  new Uint32Array(count),
  new Uint32Array(count),
]

/** Below 0 where the first key comes first, above where the second does. Their first `from` bytes are known to be alike. */
function compareKeys(
  bytes: Uint8Array,
  aStart: number,
  aEnd: number,
  bStart: number,
  bEnd: number,
  from: number,
): number {
  let a = aStart + from
  let b = bStart + from
  while (a < aEnd && b < bEnd) {
    const difference = bytes[a++]! - bytes[b++]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
