import { exponential, json, pipeline, store, string, topic } from 'sluice'
import { isTemporary, sendMail, sendSms } from './delivery.js'
import type { Delivery, Message, Preferences } from './messages.js'

const notifications = pipeline('notifications', { value: json() })

export const alerts = topic('alerts', { key: string, value: json<Message>() })
export const newsletters = topic('newsletters', { key: string, value: json<Message>() })
export const preferences = topic('preferences', { key: string, value: json<Preferences>() })
export const undelivered = topic('undelivered', { key: string, value: json<Message>() })
export const status = store('delivery-status', { key: string, value: json<Delivery>() })

const retries = { attempts: 10, backoff: exponential('50ms', { max: '2s' }), on: isTemporary }

const { mail, sms, none } = notifications
  .stream(alerts, { priority: 1 })
  .merge(notifications.stream(newsletters))
  .join(notifications.globalTable(preferences), (message, wishes) => ({ ...message, ...wishes }), {
    on: message => message.user,
  })
  .shard({ by: message => message.user, shards: 8 })
  .split({
    none: message => message.kind === 'newsletter' && !message.optIn,
    sms: message => message.kind === 'alert' && message.phone !== undefined,
    mail: () => true,
  })

const sent = mail
  .effect('mail', sendMail, { timeout: '5s' })
  .merge(sms.effect('sms', sendSms, { timeout: '5s' }))
  .retry(retries)
  .deadLetter(undelivered)

sent
  .merge(none.map(({ id }): Delivery => ({ id, state: 'unwanted' })))
  .merge(notifications.stream(undelivered).map(({ id }): Delivery => ({ id, state: 'undelivered' })))
  .groupBy(delivery => delivery.id)
  .reduce((_, latest) => latest, { as: status })

export default notifications
