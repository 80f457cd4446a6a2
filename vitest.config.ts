import { defineConfig, type ViteUserConfigFnObject } from 'vitest/config'

// They start processes, change the environment or measure memory: each file needs a process that is its own.
const alone = [
  'test/{bench,cli,docs,everywhere,examples,faults,kafka,long,oracle,order,scripts,simulator,timers}/**/*.test.ts',
  'test/runtime/threads/**/*.test.ts',
  'test/log/kafka/outage.test.ts',
]

// User-level tests import the built package by its own name ('sluice'), white-box tests import '../../src/….js'.
const config: ViteUserConfigFnObject = defineConfig(({ mode }) => {
  const shared = {
    // Every test driver restarts its pipeline after each record: what comes out must be the same.
    env: mode === 'restarts' ? { SLUICE_TEST_RESTART: '1' } : {},
    testTimeout: 60_000,
    hookTimeout: 60_000,
  }
  return {
    test: {
      // The full form says at its end what was killed how often, and what came of it.
      reporters: mode === 'full' ? ['default', './test/faults/kill-table.ts'] : ['default'],
      globalSetup: ['test/kafka/global-setup.ts'],
      // Two at a time: tests start brokers and child processes of their own.
      pool: 'forks',
      maxWorkers: 2,
      // By name, the long ones first; the many short ones then fill both workers to the end. To load Sluice anew for each
      // of those would take longer than to run them. A project has the mode that it is given, not that of the run.
      projects: [
        { mode, test: { ...shared, name: 'alone', include: alone } },
        { mode, test: { ...shared, name: 'together', include: ['test/**/*.test.ts'], exclude: alone, isolate: false } },
      ],
    },
  }
})

export default config
