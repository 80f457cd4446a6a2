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
  // The first frame is this file: with source maps as it was written, but what a loader has transformed stays compiled.
  const ours = [home, directoryOf(frames[0] ?? here)]
  const at = frames.find(
    frame => frame !== undefined && !rxjs.test(frame) && !ours.some(directory => frame.startsWith(directory)),
  )
  return at === undefined ? undefined : shorten(at)
}

const here = fileURLToPath(import.meta.url)

function directoryOf(file: string): string {
  return file.replace(/[^\\/]*$/, '')
}

/** The DSL's directory; that of the whole package where it is built, since a build spreads the DSL over its files. */
const home = (here.endsWith('.ts') ? undefined : /^.*[\\/]dist[\\/]/.exec(here)?.[0]) ?? directoryOf(here)

/** RxJS's `from(stream)` comes back to the DSL when somebody subscribes. */
const rxjs = /[\\/]node_modules[\\/]rxjs[\\/]/

/** A file is told by its URL, or by its path where a loader such as tsx has transformed it: here always by its path. */
function placeOf(frame: string): string | undefined {
  const [, file, position] = /\(?((?:file:\/\/|[A-Za-z]:[\\/]|\/)[^()]*?)((?::\d+){2})\)?$/.exec(frame.trim()) ?? []
  if (file === undefined || position === undefined) return undefined
  return `${file.startsWith('file://') ? fileURLToPath(file) : file}${position}`
}

function shorten(at: string): string {
  const near = relative(process.cwd(), at)
  return near.startsWith('..') ? at : near
}
