import type { Engine } from '../harness/engine.js'
import { kafkaStreams } from './kafka-streams.js'
import { kafkajs, kafkajsChangelog } from './kafkajs.js'
import { kafkats, quix } from './optional.js'
import { sluiceEmbedded } from './sluice-embedded.js'
import { sluice, sluice2, sluiceOnOneCore } from './sluice.js'

export const engines: readonly Engine[] = [
  sluice,
  sluice2,
  sluiceOnOneCore,
  kafkaStreams,
  sluiceEmbedded,
  kafkajs,
  kafkajsChangelog,
  kafkats,
  quix,
]
