import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * RxJS, loaded when somebody first asks for an Observable: its two hundred files are a fifth of a process's start, and most
 * processes need none. What Node requires is the same copy that it imports.
 */
export function rxjs(): typeof import('rxjs') {
  return require('rxjs') as typeof import('rxjs')
}
