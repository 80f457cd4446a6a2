import { SluiceError, errorText } from '../errors.js'
import { wantsRecord } from './uses.js'
import type { OperatorContext, Process, Splitter } from './operator.js'
import { ProcessorCalls } from './processor-calls.js'
import { contextFor, type ProcessorStoreUse } from './processor-context.js'
import type { Processor, ProcessFunction } from './processor.js'
import type { Wait } from './suspend.js'

export interface ProcessOptions {
  readonly stores: readonly ProcessorStoreUse[]
  /** The names of its outputs; none: there is one, without a name. */
  readonly outputs: readonly string[]
  /** Forwards values only, under the key of the record at hand. */
  readonly keepsKeys: boolean
  /** Where the user wrote it. */
  readonly line: string | undefined
}

/** A factory as the operator calls it: with the context of the kind that `keepsKeys` says. */
export type AnyProcessorFactory = (context: any) => Processor<any, any> | ProcessFunction<any, any>

/** Hands records to code of the user's own, which has stores and timers and forwards what it likes. */
export function processWith(factory: AnyProcessorFactory, options: ProcessOptions): Splitter {
  return (outputs, context) => {
    const calls = new ProcessorCalls(outputs, context, options)
    const processor = made(() => factory(contextFor(calls, context, options)), context, options)
    const wants = wantsRecord(processor.process)
    const run: Process = (key, value, timestamp) =>
      calls.record(key, value, timestamp, () =>
        processor.process(value, key, wants ? context.record.view(key, value, timestamp) : (undefined as never)),
      )
    context.onClose(() => processor.close?.())
    let starting = started(processor, calls, context, options)
    if (starting === undefined) return run
    const first = starting.then(() => void (starting = undefined))
    first.catch(() => undefined)
    // Somebody looks at how it ends, also when no record comes.
    const cancel = context.schedule('wall-clock', 1, () => (cancel(), first))
    calls.waitFor(first)
    return (key, value, timestamp) =>
      starting === undefined ? run(key, value, timestamp) : first.then(() => run(key, value, timestamp))
  }
}

function made(make: () => unknown, context: OperatorContext, options: ProcessOptions): Processor<any, any> {
  let answer: unknown
  try {
    answer = make()
  } catch (error) {
    throw placed(error, 'the function that makes the processor threw', context, options)
  }
  if (typeof answer === 'function') return { process: answer as ProcessFunction<any, any> }
  if (typeof (answer as Processor<any, any> | null)?.process === 'function') return answer as Processor<any, any>
  throw new SluiceError('BAD_ARGUMENT', 'the function that makes the processor answered none', {
    place: { operator: context.name, line: options.line },
    hint: 'return a function (value, key, record) => …, or an object with init, process and close',
  })
}

function started(
  processor: Processor<any, any>,
  calls: ProcessorCalls,
  context: OperatorContext,
  options: ProcessOptions,
): Promise<void> | undefined {
  const failed = (error: unknown): never => {
    throw placed(error, 'init of the processor threw', context, options)
  }
  let wait: Wait
  try {
    wait = calls.init(() => processor.init?.())
  } catch (error) {
    return failed(error)
  }
  return wait?.catch(failed)
}

/** What fails before the first record stops the task, whatever the policy for records is. */
function placed(error: unknown, what: string, context: OperatorContext, { line }: ProcessOptions): SluiceError {
  const place = { operator: context.name, line }
  if (error instanceof SluiceError) return error.at(place)
  return new SluiceError('CALLBACK', `${what}: ${errorText(error)}`, {
    place,
    cause: error,
    hint: 'mend the function; the pipeline does not run without its processor',
  })
}
