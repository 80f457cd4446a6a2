import type { InputChoiceSpec, SourceSpec } from '../../topology/spec.js'
import { OldestGroup, OldestInput, WeightedTurns, type Input, type InputChoice } from './input-choice.js'
import { PriorityLevels } from './priority-levels.js'

/**
 * The choice between a task's inputs: the highest priority first; within one, those of a merge by turns in proportion to
 * their weights, and between such groups and all others the oldest first.
 *
 * @param entries the source of each input
 */
export function choiceOf(
  choices: readonly InputChoiceSpec[],
  entries: readonly { readonly node: SourceSpec }[],
  inputs: readonly Input[],
): InputChoice {
  const all = [...inputs.keys()]
  const levels = [...new Set(all.map(index => levelOf(entries[index]!.node)))].toSorted((a, b) => b - a)
  if (levels.length < 2) return withinLevel(choices, entries, inputs, all)
  return new PriorityLevels(
    levels.map(level =>
      withinLevel(
        choices,
        entries,
        inputs,
        all.filter(index => levelOf(entries[index]!.node) === level),
      ),
    ),
  )
}

/** The higher, the sooner. */
export function levelOf({ priority }: SourceSpec): number {
  return priority?.level ?? 0
}

/** Of a task with these inputs: where one of them has a weight each has its own share of the task's turns. */
export function weightOf(inputs: readonly SourceSpec[]): number {
  const weights = inputs.filter(input => levelOf(input) === 0).map(({ priority }) => priority?.weight ?? 1)
  return weights.every(weight => weight === 1) ? 1 : weights.reduce((sum, weight) => sum + weight)
}

function withinLevel(
  choices: readonly InputChoiceSpec[],
  entries: readonly { readonly node: SourceSpec }[],
  inputs: readonly Input[],
  level: readonly number[],
): InputChoice {
  const weights = level.map(index => entries[index]!.node.priority?.weight ?? 1)
  if (weights.some(weight => weight !== 1)) {
    return new WeightedTurns(
      level.map(index => new OldestInput(inputs, [index])),
      weights,
    )
  }
  const among = (sources: readonly string[]): number[] =>
    level.filter(index => sources.includes(entries[index]!.node.name))
  const turns = choices
    .map(({ inputs: groups }) => groups.filter(({ sources }) => among(sources).length > 0))
    .filter(groups => groups.length > 0)
    .map(
      groups =>
        new WeightedTurns(
          groups.map(({ sources }) => new OldestInput(inputs, among(sources))),
          groups.map(({ weight }) => weight),
        ),
    )
  if (turns.length === 0) return new OldestInput(inputs, level)
  const taken = new Set(choices.flatMap(choice => choice.inputs.flatMap(({ sources }) => among(sources))))
  const others = level.filter(index => !taken.has(index))
  return others.length === 0 && turns.length === 1
    ? turns[0]!
    : new OldestGroup(inputs, [...turns, new OldestInput(inputs, others)])
}
