import { tumbling, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { countInWindows } from '../windows.js'

/** The peer of bench/kafka-streams/Tumbling.java. */
export default function tumblingCount(job: Job): Pipeline {
  return countInWindows(job, tumbling('1m', { grace: '1m' }))
}
