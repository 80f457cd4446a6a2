import type { EffectCall } from 'sluice'

/** What the service said of a message that it took. */
export interface Sent {
  readonly kind: 'mail' | 'sms'
  readonly to: string
  readonly text: string
}

/** The service that sends mails and text messages: `MESSAGES_URL`. */
const service = (): string => process.env['MESSAGES_URL'] ?? 'http://127.0.0.1:8025'

export function sendMail({ mail }: { readonly mail: string }, text: string, call: EffectCall<string>): Promise<Sent> {
  return post({ kind: 'mail', to: mail, text }, call)
}

export function sendText({ phone }: { readonly phone: string }, text: string, call: EffectCall<string>): Promise<Sent> {
  return post({ kind: 'sms', to: phone, text }, call)
}

/** The key tells a repetition: the service sends what it has sent already no second time. @throws unless it took the message */
async function post(message: Sent, { idempotencyKey, signal }: EffectCall<string>): Promise<Sent> {
  const response = await fetch(`${service()}/${message.kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify(message),
    signal,
  })
  // Read in any case: a body that is left alone holds its connection.
  const answer = await response.text()
  if (!response.ok) throw new Error(`${message.kind} to ${message.to}: ${response.status} ${answer}`)
  return message
}
