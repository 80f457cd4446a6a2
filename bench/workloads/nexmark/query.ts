import { usual, type Workload } from '../../harness/workload.js'

/** What all queries have in common; the numbers are Nexmark's. */
export function query(
  number: number,
  rest: Pick<Workload, 'title' | 'inputs' | 'fold' | 'expected'> & Partial<Workload>,
): Workload {
  return {
    ...usual,
    ...rest,
    name: `nexmark-q${number}`,
    title: `Nexmark q${number}: ${rest.title}`,
    program: `nexmark-q${number}`,
    kafkaStreams: `NexmarkQ${number}`,
  }
}
