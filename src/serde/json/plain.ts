const ofObjects: { readonly toJSON?: unknown } = Object.prototype

/**
 * Whether all that `JSON.stringify` writes of an object are its own properties. A look at `value.toJSON` would say the same,
 * but takes as long as all the rest where objects have a hidden class each, as `{ ...value, more }` has in V8 before 12.
 */
export function isPlainObject(value: object): boolean {
  return Object.getPrototypeOf(value) === ofObjects && !Object.hasOwn(value, 'toJSON') && ofObjects.toJSON === undefined
}

/** Whether all that `JSON.stringify` writes of a value are the items of a list. */
export function isPlainList(value: object): boolean {
  return (
    Array.isArray(value) &&
    Object.getPrototypeOf(value) === Array.prototype &&
    (value as { toJSON?: unknown }).toJSON === undefined
  )
}
