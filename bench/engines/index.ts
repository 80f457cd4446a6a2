import type { Engine } from '../harness/engine.js'
import { kafkaStreams } from './kafka-streams.js'
import { kafkajs } from './kafkajs.js'

export const engines: readonly Engine[] = [kafkaStreams, kafkajs]
