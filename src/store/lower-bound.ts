/** The index of the first of the sorted texts, from `from` on, that is not below `text`. */
export function lowerBound(sorted: readonly string[], text: string, from = 0): number {
  let low = from
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}
