import { runExample } from '../shared/run.js'
import { Service } from '../shared/service.js'
import { person } from './people.js'
import signup, { sent, signUps, unknownUsers, unsent, verifications } from './pipeline.js'
import { printResults, results } from './results.js'

// Without a service to send messages, one on this machine takes them.
const service =
  process.env['MESSAGES_URL'] === undefined ? await Service.start({ answer: () => ({ status: 202 }) }) : undefined
if (service !== undefined) process.env['MESSAGES_URL'] = service.url

await runExample({
  name: '3-signup',
  pipeline: signup,
  topics: { [signUps.name]: 4, [verifications.name]: 4, [sent.name]: 4, [unknownUsers.name]: 1, [unsent.name]: 1 },
  events: 100,
  output: sent.name,
  deadLetters: unknownUsers.name,
  input: {
    writer: 'sign-up-input',
    topics: [signUps.name, verifications.name],
    write(writer, n) {
      const { id, user, verifies, forger } = person(n)
      const timestamp = Date.UTC(2026, 0, 1) + n * 60_000
      const link = (key: string) => ({ key, value: { link: `https://example.com/verify/${key}` } })
      writer.write(signUps, { key: id, value: user, timestamp })
      if (verifies) writer.write(verifications, { ...link(id), timestamp: timestamp + 30_000 })
      if (forger !== undefined) writer.write(verifications, { ...link(forger), timestamp })
    },
  },
  async show({ log }) {
    printResults(await results(log))
    return 0
  },
})
await service?.close()
