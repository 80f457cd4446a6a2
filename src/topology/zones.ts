import { SluiceError, valueText } from '../errors.js'
import type { SourceSpec, TopologySpec } from './spec.js'
import { isPattern } from './topics.js'

/**
 * The failure zones of the tasks that read these sources; none where they may run anywhere.
 *
 * @throws SluiceError BAD_TOPOLOGY where two of the topics they read are placed differently
 */
export function zonesOf(sources: readonly SourceSpec[], spec: TopologySpec): readonly string[] {
  const topics = sources.flatMap(source => (isPattern(source.topics) ? [] : source.topics))
  const placed = spec.repartitions.filter(({ topic, zones }) => zones !== undefined && topics.includes(topic))
  const [first, ...others] = placed
  if (first === undefined) return []
  const zones = first.zones!
  const other = others.find(each => each.zones!.join() !== zones.join())
  if (other === undefined) return zones
  throw new SluiceError(
    'BAD_TOPOLOGY',
    `"${first.topic}" is placed over ${zones.join(', ')} and "${other.topic}" over ${other.zones!.join(', ')}, and one task ` +
      'reads both',
    {
      place: { topic: other.topic, line: sources.find(source => source.topics.toString().includes(other.topic))?.line },
      hint: 'give both shard() the same zones in the same order, or name zones at one of them only',
    },
  )
}

/**
 * An instance in a zone that no shard is placed in would get none, without a word.
 *
 * @throws SluiceError BAD_ARGUMENT
 */
export function refuseUnknownZone(spec: TopologySpec, zone: string | undefined): void {
  const zones = [...new Set(spec.repartitions.flatMap(each => each.zones ?? []))]
  if (zone === undefined || zones.includes(zone)) return
  throw new SluiceError('BAD_ARGUMENT', `no shard of "${spec.application}" is placed in the zone ${valueText(zone)}`, {
    hint:
      zones.length === 0
        ? "leave out { zone }, or place shards: shard({ by, shards, zones: ['eu-a', 'eu-b'] })"
        : `its zones are ${zones.join(', ')}; an instance that is in none of them is started without { zone }`,
  })
}
