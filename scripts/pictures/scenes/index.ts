import type { Scene } from '../scene.js'
import { joins } from './joins.js'
import { streams } from './streams.js'
import { tables } from './tables.js'
import { windows } from './windows.js'

export const scenes: readonly Scene[] = [...streams, ...windows, ...tables, ...joins]
