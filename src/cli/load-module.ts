import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '../errors.js'
import { importDefault } from '../runtime/import-default.js'
import type { Running, StartOptions } from '../runtime/options.js'
import type { TopologySpec } from '../topology/spec.js'

/** What the shell needs of a pipeline. */
export interface RunnablePipeline {
  lower(): TopologySpec
  start(options: StartOptions): Promise<Running>
  describe(): { toString(): string; toMermaid(): string; toDot(): string; toJSON(): unknown }
}

/**
 * The pipeline that a module exports by default. TypeScript is compiled on the way, by tsx.
 *
 * @throws SluiceError BAD_ARGUMENT; what the module throws
 */
export async function loadPipeline(file: string): Promise<RunnablePipeline> {
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new SluiceError('BAD_ARGUMENT', `there is no module ${path}`, {
      hint: 'name the file that exports the pipeline, such as ./pipeline.ts',
    })
  }
  const pipeline = await importDefault(pathToFileURL(path).href).catch((error: unknown) => throwLoaded(error, path))
  if (!isPipeline(pipeline)) {
    throw new SluiceError('BAD_ARGUMENT', `${path} has no pipeline as its default export`, {
      hint: "write: export default tracker, where tracker is what pipeline('…') gave",
    })
  }
  return pipeline
}

/** What Node says of a file that it cannot take as a module names neither the file nor a way on; what the module throws does. */
function throwLoaded(error: unknown, path: string): never {
  if (!/\.[cm]?[jt]sx?$/.test(path)) {
    throw new SluiceError('BAD_ARGUMENT', `${path} is neither JavaScript nor TypeScript`, {
      hint: 'name the file that exports the pipeline, such as ./pipeline.ts',
      cause: error,
    })
  }
  if (error instanceof SyntaxError && !String(error.stack).includes('file:')) {
    throw new SluiceError('BAD_ARGUMENT', `${path}, or what it imports, is not understood: ${error.message}`, {
      hint: `see the line: node ${path}`,
      cause: error,
    })
  }
  throw error
}

function isPipeline(value: unknown): value is RunnablePipeline {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['start', 'describe', 'lower'].every(name => typeof (value as Record<string, unknown>)[name] === 'function')
  )
}
