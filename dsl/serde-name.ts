import type { Serializer } from '../src/serde/serde.js'

/** What a serde is called in messages and descriptions. */
export function serdeName(serde: Serializer<any>): string {
  return serde.name ?? 'a serde of your own'
}
