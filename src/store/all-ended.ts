/** Waits for all of them, however they end. @throws what the first one rejected with, in their order */
export async function allEnded(endings: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(endings)
  const failure = ended.find(end => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
