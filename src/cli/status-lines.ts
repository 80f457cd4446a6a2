import { counted } from '../errors.js'
import type { Status } from '../runtime/options.js'

/** A status in words: how far behind, and for each partition that takes nothing in, why. */
export function statusLine({ state, records, lag, inputs, standbys }: Status): string {
  const ages = inputs.flatMap(({ age }) => age ?? [])
  const oldest = ages.length === 0 ? '' : `, the oldest ${seconds(Math.max(...ages))} old`
  const pauses = inputs
    .filter(({ paused }) => paused !== undefined)
    .map(
      ({ topic, partition, lag: behind, paused }) => `; ${topic}-${partition} (${behind} behind) held back: ${paused}`,
    )
  return `${state}: ${counted(records, 'record')} done, ${lag} behind${oldest}${copies(standbys)}${pauses.join('')}`
}

/** Those that do not know yet how far behind they are count as nothing and are told of. */
function copies(standbys: Status['standbys']): string {
  if (standbys.length === 0) return ''
  const behind = standbys.reduce((sum, { lag = 0 }) => sum + lag, 0)
  const opening = standbys.filter(({ lag }) => lag === undefined).length
  return `; ${counted(standbys.length, 'standby')}, ${counted(behind, 'change')} behind${opening === 0 ? '' : `, ${opening} of them opening`}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

/** Says the present status every so many milliseconds. Answers how to stop. */
export function sayStatus(status: () => Status, every: number, say: (line: string) => void): () => void {
  const timer = setInterval(() => say(statusLine(status())), every)
  return () => clearInterval(timer)
}
