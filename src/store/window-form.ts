// The kind of windows that a store has, as a number: indexes by time and lists are not those of another kind. All below -1,
// which says that nothing was put yet.
const sessions = -2
const endless = Number.MIN_SAFE_INTEGER

/** @param lists whether there are lists of the windows of a key */
export function windowForm(size: number | 'session', lists: boolean): number {
  if (size === 'session') return sessions
  return size === Number.POSITIVE_INFINITY ? endless : -3 - 2 * size - (lists ? 1 : 0)
}

/** What windows of a form are. */
export function namedForm(form: number): string {
  if (form === sessions) return 'sessions'
  if (form === endless) return 'windows without an end'
  const size = -3 - form
  return `windows of ${Math.floor(size / 2)} ms${size % 2 === 0 ? '' : ', listed by key'}`
}
