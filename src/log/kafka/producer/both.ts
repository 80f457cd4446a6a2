/** Waits until both are over; `onFirstError` makes the other one end soon. @throws the first error */
export async function both(
  one: Promise<void>,
  other: Promise<void>,
  onFirstError: (error: Error) => void,
): Promise<void> {
  let first: Error | undefined
  const failed = (error: Error): void => {
    if (first !== undefined) return
    first = error
    onFirstError(error)
  }
  await Promise.all([one.catch(failed), other.catch(failed)])
  if (first !== undefined) throw first
}
