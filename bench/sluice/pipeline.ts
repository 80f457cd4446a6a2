import type { Pipeline } from 'sluice'
import { build, readLaunch } from './launch.js'

// The pipeline of this process; its threads import it from here too.

const pipeline: Pipeline = await build(readLaunch(), import.meta.url)

export default pipeline
