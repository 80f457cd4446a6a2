/** More scalars, or more bytes of names, would make code that V8 no longer compiles well. */
export const mostParts = 64
export const mostLiteralBytes = 1_000
