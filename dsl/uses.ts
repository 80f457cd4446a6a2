import type { Uses } from '../src/topology/spec.js'

/** What passes everything on looks at nothing. */
export const passesAll: Uses = { key: false, value: false, passesKey: true, passesValue: true }

/** What makes something new of the whole record, such as the change of a store. */
export const makesNew: Uses = { key: true, value: true, passesKey: false, passesValue: false }
