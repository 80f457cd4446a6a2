import { expect, test } from 'vitest'
import config from '../vitest.config.js'

// A project of vitest's does not have the mode of the run unless it is given to it; without it, suites at full length
// would run their short forms and say nothing.
test.each(['full', 'restarts'])('mode %s reaches every project', mode => {
  const { test: run } = config({ mode, command: 'serve' })
  const modes = run?.projects?.map(project => (project as { mode?: string }).mode)
  expect(modes).toEqual([mode, mode])
})
