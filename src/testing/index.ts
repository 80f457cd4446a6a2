export { testDriver, TestDriver, type DriverOptions, type TypedTopic } from './driver.js'
export { type DriverInput, type SendOptions } from './input.js'
export { type DriverOutput, type OutputRecord } from './output.js'
export { type DriverStore } from './store.js'
export { ManualClock } from './manual-clock.js'
export {
  mockContext,
  MockContext,
  type Forwarded,
  type MockOptions,
  type MockSchedule,
} from './mock-context.js'
export { type MockStore } from './mock-store.js'
export { marbles, type MarbleLine, type MarbleRecord, type MarbleRecords, type MarbleTest } from './marbles.js'
