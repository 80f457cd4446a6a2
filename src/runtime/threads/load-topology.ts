import { SluiceError, errorText } from '../../errors.js'
import { cut, type CutTopology } from '../../topology/cut.js'
import { fingerprint } from '../../topology/fingerprint.js'
import type { Lowerable } from '../../topology/spec.js'
import { importDefault } from '../import-default.js'
import type { ThreadData } from './messages.js'

/**
 * The pipeline that the parent runs, made again in this thread by its module.
 *
 * @throws SluiceError BAD_TOPOLOGY when the module gives none, or another one
 */
export async function loadTopology({ module, fingerprint: expected }: ThreadData): Promise<CutTopology> {
  const pipeline = await importPipeline(module)
  if (!isLowerable(pipeline)) {
    throw new SluiceError('BAD_TOPOLOGY', `${module} has no pipeline as its default export`, {
      hint: 'threads take the pipeline from there: write export default <pipeline> in the module that { module: import.meta.url } names',
    })
  }
  const spec = pipeline.lower()
  if (fingerprint(spec) !== expected) {
    throw new SluiceError('BAD_TOPOLOGY', `the default export of ${module} is not the pipeline that was started`, {
      hint: 'export the pipeline that is started, and let nothing in it depend on the thread, the time or chance',
    })
  }
  return cut(spec)
}

async function importPipeline(module: string): Promise<unknown> {
  try {
    return await importDefault(module)
  } catch (error) {
    if (error instanceof SluiceError) throw error
    throw new SluiceError('BAD_TOPOLOGY', `${module} cannot be imported in a thread: ${errorText(error)}`, {
      hint: 'pipeline(id, { module: import.meta.url }) names the module that exports the pipeline by default',
      cause: error,
    })
  }
}

function isLowerable(value: unknown): value is Lowerable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Lowerable>).lower === 'function'
}
