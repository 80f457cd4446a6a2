const instead = new URL('./sluice.ts', import.meta.url).href

/** A module hook (`module.register`). The stand-in itself gets the package. */
export function resolve(specifier, context, next) {
  if (specifier !== 'sluice' || context.parentURL?.startsWith(instead)) return next(specifier, context)
  return next(instead, context)
}
