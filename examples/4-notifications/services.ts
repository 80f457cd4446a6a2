import { Service, type Answer, type Call, type ServiceOptions } from '../shared/service.js'

interface Mail {
  readonly personalizations: readonly { readonly to: readonly { readonly email: string }[] }[]
  readonly custom_args: { readonly idempotency_key: string }
}

/** Stands for SendGrid: `POST /v3/mail/send`. Addresses without a domain are refused. */
export function mailService(options: Pick<ServiceOptions, 'seed' | 'onCall'>): Promise<Service> {
  let sent = 0
  const answer = ({ path, body }: Call): Answer => {
    if (path !== '/v3/mail/send') return { status: 404, body: { errors: [{ message: `no ${path} here` }] } }
    const [to] = (JSON.parse(body) as Mail).personalizations[0]!.to
    if (!to!.email.includes('.')) return { status: 400, body: { errors: [{ message: `${to!.email} is no address` }] } }
    return { status: 202, headers: { 'x-message-id': `mail-${++sent}` } }
  }
  const keyOf = ({ body }: Call): string => (JSON.parse(body) as Mail).custom_args.idempotency_key
  return Service.start({ ...options, keyOf, answer })
}

/** Stands for Twilio: `POST /2010-04-01/Accounts/<sid>/Messages.json`. Numbers without a country are refused. */
export function smsService(options: Pick<ServiceOptions, 'seed' | 'onCall'>): Promise<Service> {
  let sent = 0
  const answer = ({ path, body }: Call): Answer => {
    if (!path.endsWith('/Messages.json')) return { status: 404, body: { code: 20404, message: `no ${path} here` } }
    const to = new URLSearchParams(body).get('To')
    if (to?.startsWith('+') !== true) return { status: 400, body: { code: 21211, message: `${to} is no number` } }
    return { status: 201, body: { sid: `SM${String(++sent).padStart(32, '0')}`, status: 'queued' } }
  }
  return Service.start({ ...options, answer })
}
