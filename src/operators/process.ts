import { SluiceError, errorText } from '../errors.js'
import { wantsRecord } from './uses.js'
import type { OperatorContext, Process, Splitter } from './operator.js'
import { ProcessorAttempts } from './processor-attempts.js'
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
  /** Whether a record that it fails on may be tried again. */
  readonly isRetried: boolean
  /** Where the user wrote it. */
  readonly line: string | undefined
}

/** A factory as the operator calls it: with the context of the kind that `keepsKeys` says. */
export type AnyProcessorFactory = (context: any) => Processor<any, any> | ProcessFunction<any, any>

/** Hands records to code of the user's own, which has stores and timers and forwards what it likes. */
export function processWith(factory: AnyProcessorFactory, options: ProcessOptions): Splitter {
  return (outputs, context) => {
    const calls = new (options.isRetried ? ProcessorAttempts : ProcessorCalls)(outputs, context, options)
    const processor = made(() => factory(contextFor(calls, context, options)), context, options)
    // As a method it is called on its processor; here only its parameters are looked at.
    const wants = wantsRecord(Reflect.get(processor, 'process'))
    const withoutRecord = processor as { process(value: unknown, key: unknown): Wait }
    const run: Process = (key, value, timestamp) => {
      calls.begin('record', key, timestamp)
      let wait: Wait
      try {
        wait = wants
          ? processor.process(value, key, context.record.view(key, value, timestamp))
          : withoutRecord.process(value, key)
      } catch (error) {
        return calls.finish({ error }, key, value)
      }
      return calls.settle(wait, key, value)
    }
    context.onClose(() => processor.close?.())
    const starting = started(processor, calls, context, options)
    if (starting !== undefined) {
      starting.catch(() => undefined)
      context.onStart(starting)
    }
    return run
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
