import { hopping, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { countInWindows } from '../windows.js'

/** The peer of bench/kafka-streams/Hopping.java. */
export default function hoppingCount(job: Job): Pipeline {
  return countInWindows(job, hopping('1m', '20s', { grace: '1m' }))
}
