import type { InputChoiceSpec, SourceSpec } from '../topology/spec.js'
import { OldestGroup, OldestInput, WeightedTurns, type Input, type InputChoice } from './input-choice.js'

/**
 * The choice between a task's inputs: those of a merge by turns in proportion to their weights, and between such groups and
 * all others the oldest first.
 *
 * @param entries the source of each input
 */
export function choiceOf(
  choices: readonly InputChoiceSpec[],
  entries: readonly { readonly node: SourceSpec }[],
  inputs: readonly Input[],
): InputChoice {
  if (choices.length === 0) return new OldestInput(inputs)
  const among = (sources: readonly string[]): number[] =>
    [...entries.keys()].filter(index => sources.includes(entries[index]!.node.name))
  const turns = choices.map(
    ({ inputs: groups }) =>
      new WeightedTurns(
        groups.map(({ sources }) => new OldestInput(inputs, among(sources))),
        groups.map(({ weight }) => weight),
      ),
  )
  const taken = new Set(choices.flatMap(choice => choice.inputs.flatMap(({ sources }) => among(sources))))
  const others = [...inputs.keys()].filter(index => !taken.has(index))
  return others.length === 0 && turns.length === 1
    ? turns[0]!
    : new OldestGroup(inputs, [...turns, new OldestInput(inputs, others)])
}
