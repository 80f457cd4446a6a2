import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'

/**
 * The line of the user's code that called into the DSL, as `file:line:column`; relative to the working directory where it
 * lies below it. Costs some microseconds: once per DSL call, never per record.
 */
export function callSite(): string | undefined {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 16
  const stack = new Error('place').stack ?? ''
  Error.stackTraceLimit = limit
  const frames = stack.split('\n').slice(1).map(placeOf)
  // The first frame is this file, told as all frames are: compiled or, with source maps, as it was written.
  const dsl = frames[0]?.replace(/[^\\/]*$/, '')
  const isOurs = (frame: string): boolean => (dsl !== undefined && frame.startsWith(dsl)) || rxjs.test(frame)
  const at = frames.find(frame => frame !== undefined && !isOurs(frame))
  return at === undefined ? undefined : shorten(at)
}

/** RxJS's `from(stream)` comes back to the DSL when somebody subscribes. */
const rxjs = /[\\/]node_modules[\\/]rxjs[\\/]/

function placeOf(frame: string): string | undefined {
  return /\(?((?:file:\/\/|[A-Za-z]:[\\/]|\/)[^()]*:\d+:\d+)\)?$/.exec(frame.trim())?.[1]
}

function shorten(at: string): string {
  const [, file, position] = /^(.*?)((?::\d+)+)$/.exec(at)!
  const path = file!.startsWith('file://') ? fileURLToPath(file!) : file!
  const near = relative(process.cwd(), path)
  return `${near.startsWith('..') ? path : near}${position}`
}
