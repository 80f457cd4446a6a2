import Table from 'cli-table3'
import { runExample } from '../shared/run.js'
import notifications, { alerts, newsletters, preferences, status, undelivered } from './pipeline.js'
import { mailService, smsService } from './services.js'
import { event } from './traffic.js'

// Without services elsewhere, two on this machine that fail as those do.
const own =
  process.env['SENDGRID_URL'] === undefined ? [await mailService({ seed: 1 }), await smsService({ seed: 2 })] : []
if (own.length > 0) [process.env['SENDGRID_URL'], process.env['TWILIO_URL']] = own.map(({ url }) => url)

await runExample({
  name: '4-notifications',
  pipeline: notifications,
  topics: { [alerts.name]: 4, [newsletters.name]: 4, [preferences.name]: 4, [undelivered.name]: 1 },
  events: 240,
  store: status.name,
  deadLetters: undelivered.name,
  input: {
    writer: 'notifications-input',
    topics: [alerts.name, newsletters.name, preferences.name],
    write(writer, n) {
      const { topic, key, value, timestamp } = event(n)
      if (topic === 'preferences') writer.write(preferences, { key, value, timestamp })
      else writer.write(topic === 'alerts' ? alerts : newsletters, { key, value, timestamp })
    },
  },
  async show({ app }) {
    const states = new Map<string, number>()
    for await (const [, { state }] of app.query(status).all()) states.set(state, (states.get(state) ?? 0) + 1)
    const table = new Table({
      head: ['delivery status', 'messages'],
      colAligns: ['left', 'right'],
      style: { compact: true, head: [], border: [] },
    })
    table.push(...[...states].toSorted())
    console.log(table.toString())
    for (const [i, { served }] of own.entries()) {
      const count = (outcome: string): number => served.filter(call => call.outcome === outcome).length
      console.log(
        `${i === 0 ? 'SendGrid' : 'Twilio'}: ${served.length} calls, of which ${count('acted')} were sent, ` +
          `${count('repeated')} repeated what was sent, ${count('refused')} were refused or never answered`,
      )
    }
    return 0
  },
})
await Promise.all(own.map(service => service.close()))
