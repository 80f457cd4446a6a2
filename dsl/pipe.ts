import type { Observable, OperatorFunction } from 'rxjs'
import { SluiceError } from '../src/errors.js'
import { rxPipe } from '../src/operators/rx-pipe.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { StepNode } from './nodes.js'
import { newValue } from './serdes.js'
import { addStep } from './steps.js'

/** Adds RxJS operators. @throws SluiceError BAD_ARGUMENT */
export function addPipe(
  from: Fluent,
  operators: readonly OperatorFunction<any, any>[],
  line: string | undefined,
): StepNode {
  if (operators.length === 0) {
    throw new SluiceError('BAD_ARGUMENT', 'pipe() has no operator', {
      place: { line },
      hint: "give RxJS operators: pipe(mergeMap(line => line.split(' ')))",
    })
  }
  for (const operator of operators) checkFunction(operator, 'pipe()', line)
  const composed = (source: Observable<unknown>) =>
    operators.reduce<Observable<unknown>>((observable, operator) => operator(observable), source)
  return addStep(from, line, {
    type: 'pipe',
    callback: composed,
    operator: () => rxPipe(composed),
    value: newValue('pipe', line, from['~graph'].defaultValue),
    uses: { key: false, value: true, passesKey: true, passesValue: false },
  })
}
