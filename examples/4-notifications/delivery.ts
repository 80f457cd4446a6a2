import mailClient from '@sendgrid/client'
import mails from '@sendgrid/mail'
import type { EffectCall } from 'sluice'
import twilio from 'twilio'
import type { Delivery, Message, Preferences } from './messages.js'

type Addressed = Message & Preferences

/** Milliseconds that a service has for its answer. */
const patience = 1_000

/** By SendGrid's API. The key travels with the mail: SendGrid hands custom arguments back in its event webhook. */
export async function sendMail(message: Addressed, { idempotencyKey }: EffectCall<string>): Promise<Delivery> {
  const [response] = await mailService().send({
    to: message.mail,
    from: 'news@example.org',
    subject: message.kind,
    text: message.text,
    customArgs: { idempotency_key: idempotencyKey },
  })
  return { id: message.id, state: 'mailed', receipt: String(response.headers['x-message-id']) }
}

/** By Twilio's API. The key travels as a header of the request. */
export async function sendSms(message: Addressed, { idempotencyKey }: EffectCall<string>): Promise<Delivery> {
  const { sid } = await texts(idempotencyKey).messages.create({
    to: message.phone!,
    from: '+15005550006',
    body: message.text,
  })
  return { id: message.id, state: 'texted', receipt: sid }
}

/** Whether another attempt may help: too many requests, a fault of the service, or no answer. Both clients tell the status. */
export function isTemporary(error: unknown): boolean {
  const { status, code } = error as { status?: unknown; code?: unknown }
  const http = typeof status === 'number' ? status : code
  return typeof http !== 'number' || http === 429 || http >= 500
}

/** Set up before the first mail: `SENDGRID_URL` may be known only then. */
function mailService(): typeof mails {
  mailClient.setApiKey(process.env['SENDGRID_API_KEY'] ?? 'SG.none')
  const url = process.env['SENDGRID_URL']
  if (url !== undefined) mailClient.setDefaultRequest('baseUrl', url)
  mails.setClient(mailClient)
  mails.setTimeout(patience)
  return mails
}

/** Requests with an idempotency key; to another host where `TWILIO_URL` names one. */
class KeyedRequests extends twilio.RequestClient {
  readonly #key: string

  constructor(key: string) {
    super({ timeout: patience })
    this.#key = key
  }

  override request<T>(options: Options<T>): Answer<T> {
    const headers = { ...options.headers, 'Idempotency-Key': this.#key }
    const base = process.env['TWILIO_URL']
    const uri = base === undefined ? options.uri : new URL(new URL(options.uri).pathname, base).href
    return super.request<T>({ ...options, uri, headers })
  }
}

type Options<T> = Parameters<typeof twilio.RequestClient.prototype.request<T>>[0]
type Answer<T> = ReturnType<typeof twilio.RequestClient.prototype.request<T>>

function texts(idempotencyKey: string): twilio.Twilio {
  const { TWILIO_ACCOUNT_SID: account = `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: token = 'none' } = process.env
  return twilio(account, token, { httpClient: new KeyedRequests(idempotencyKey) })
}
