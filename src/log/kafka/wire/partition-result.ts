/** What became of a request for one partition. */
export interface PartitionResult {
  readonly topic: string
  readonly partition: number
  readonly error: number
}
