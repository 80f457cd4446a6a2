import { runExample } from '../shared/run.js'
import studio, { renditions, unrendered, videos } from './pipeline.js'
import { printResults, results } from './results.js'
import { upload } from './uploads.js'

await runExample({
  name: '2-video-renditions',
  pipeline: studio,
  topics: { [videos.name]: 4, [renditions.name]: 4, [unrendered.name]: 1 },
  events: 12,
  output: renditions.name,
  deadLetters: unrendered.name,
  input: {
    writer: 'video-renditions-input',
    topics: [videos.name],
    write(writer, n) {
      const [key, value] = upload(n)
      writer.write(videos, { key, value })
    },
  },
  // `drained` does not wait for the time-outs of what cannot be rendered.
  finished: async ({ log, options }) => (await results(log)).length >= options.events,
  async show({ log }) {
    printResults(await results(log))
    return 0
  },
})
