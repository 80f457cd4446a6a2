import type { Uses } from '../../src/topology/spec.js'

/** What passes everything on looks at nothing. */
export const passesAll: Uses = { key: false, value: false, passesKey: true, passesValue: true }

/** What answers from a store needs the key and the value, and what goes on is not what came in. */
export const fromStore: Uses = { key: true, value: true, passesKey: false, passesValue: false }
