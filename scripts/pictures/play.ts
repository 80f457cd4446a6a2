import type { Pipeline, Topic } from 'sluice'
import { testDriver, type OutputRecord } from 'sluice/testing'

/** A record to send: to which topic, when in seconds, key, value. */
export type Send = readonly [topic: Topic<any, any>, seconds: number, key: any, value: any]

/** A record that was sent, and what came of it. */
export interface Step {
  readonly topic: string
  readonly key: any
  readonly value: any
  /** Its timestamp, in milliseconds. */
  readonly at: number
  /** The largest timestamp so far, before it and with it. */
  readonly before: number
  readonly now: number
  readonly told: ReadonlyMap<string, readonly OutputRecord<any, any>[]>
  /** What was counted for it: late, dropped, … */
  readonly counted: readonly string[]
}

/** Runs a pipeline on records and notes what each of them brings about. */
export async function play(
  pipeline: Pipeline,
  outputs: readonly Topic<any, any>[],
  sends: readonly Send[],
): Promise<readonly Step[]> {
  const driver = await testDriver(pipeline)
  const steps: Step[] = []
  let before = -1
  let counters = driver.counters
  for (const [topic, seconds, key, value] of sends) {
    const at = seconds * 1000
    await driver.input(topic).send(key, value, { timestamp: at })
    const now = Math.max(before, at)
    const told = new Map(outputs.map(output => [output.name, driver.output(output).read()]))
    const after = driver.counters
    const counted = Object.keys(after).filter(name => after[name] !== counters[name])
    steps.push({
      topic: topic.name,
      key,
      value,
      at,
      before,
      now,
      told,
      counted: counted.map(what => what.replace(/\{.*/, '')),
    })
    before = now
    counters = after
  }
  await driver.close()
  return steps
}
