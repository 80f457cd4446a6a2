import { onTestFinished } from 'vitest'
import { testDriver, type DriverOptions, type TestDriver } from '../../src/testing/index.js'
import type { Lowerable } from '../../src/topology/spec.js'

/** A driver that is closed with the test, also where an error has stopped its pipeline. */
export async function driven(pipeline: Lowerable, options: DriverOptions = {}): Promise<TestDriver> {
  const driver = await testDriver(pipeline, options)
  onTestFinished(() => driver.close().catch(() => undefined))
  return driver
}
