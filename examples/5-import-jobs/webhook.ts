import type { EffectCall } from 'sluice'

/** What a webhook says. */
export interface Finished {
  readonly importId: string
  readonly files: number
}

/** Who is told: `WEBHOOK_URL`. */
const receiver = (): string => process.env['WEBHOOK_URL'] ?? 'http://127.0.0.1:8026/finished'

/** Tells that an import is finished. The receiver knows a repetition by its key. @throws unless it was taken */
export async function tell(finished: Finished, { idempotencyKey, signal }: EffectCall<string>): Promise<Finished> {
  const response = await fetch(receiver(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify(finished),
    signal,
  })
  // Read in any case: a body that is left alone holds its connection.
  const answer = await response.text()
  if (!response.ok) throw new Error(`${finished.importId}: ${response.status} ${answer}`)
  return finished
}
