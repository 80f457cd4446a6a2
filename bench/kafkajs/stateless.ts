import { loop, readJob } from './loop.js'

interface Flight {
  readonly id: number
  readonly status: string
  readonly origin: string
  readonly destination: string
  readonly delay: number
}

const job = readJob()

await loop(job, async (batch, write) => {
  const messages = []
  for (const { key, value } of batch.messages) {
    const { id, status, origin, destination, delay } = JSON.parse(value!.toString()) as Flight
    if (status !== 'completed') continue
    messages.push({ key, value: JSON.stringify({ id, route: `${origin}-${destination}`, late: delay > 15 }) })
  }
  await write([{ topic: job.output, messages }])
})
