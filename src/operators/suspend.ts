/** What a process answers: a promise only when it suspends. */
export type Wait = void | Promise<void>

/** Goes on at once, or when `wait` has settled. */
export function after(wait: Wait, go: () => Wait): Wait {
  return wait === undefined ? go() : wait.then(go)
}

/** Sends the items one after the other; a suspended one holds back those that follow. */
export function inOrder<T>(items: readonly T[], send: (item: T) => Wait, from: number = 0): Wait {
  for (let i = from; i < items.length; i++) {
    const wait = send(items[i]!)
    if (wait !== undefined) return wait.then(() => inOrder(items, send, i + 1))
  }
}
