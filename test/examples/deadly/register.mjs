import { register } from 'node:module'

// For `node --import`: from here on, whoever imports 'sluice' gets ./sluice.ts, whose logs die at a chosen commit.
register('./hooks.mjs', import.meta.url)
