import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'

const here = new URL('.', import.meta.url).href
const herePath = fileURLToPath(here)

/**
 * The line of the user's code that called into the DSL, as `file:line:column`; relative to the working directory where it
 * lies below it. Costs some microseconds: once per DSL call, never per record.
 */
export function callSite(): string | undefined {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 16
  const stack = new Error('place').stack ?? ''
  Error.stackTraceLimit = limit
  for (const frame of stack.split('\n').slice(1)) {
    const at = /\(?((?:file:\/\/|[A-Za-z]:[\\/]|\/)[^()]*:\d+:\d+)\)?$/.exec(frame.trim())?.[1]
    if (at === undefined || at.startsWith(here) || at.startsWith(herePath)) continue
    return shorten(at)
  }
  return undefined
}

function shorten(at: string): string {
  const [, file, position] = /^(.*?)((?::\d+)+)$/.exec(at)!
  const path = file!.startsWith('file://') ? fileURLToPath(file!) : file!
  const near = relative(process.cwd(), path)
  return `${near.startsWith('..') ? path : near}${position}`
}
