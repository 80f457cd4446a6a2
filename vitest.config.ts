import { defineConfig, type ViteUserConfigFnObject } from 'vitest/config'

// User-level tests import the built package by its own name ('sluice'), white-box tests import '../../src/….js'.
const config: ViteUserConfigFnObject = defineConfig(({ mode }) => ({
  test: {
    // Every test driver restarts its pipeline after each record: what comes out must be the same.
    env: mode === 'restarts' ? { SLUICE_TEST_RESTART: '1' } : {},
    include: ['test/**/*.test.ts'],
    // The full form says at its end what was killed how often, and what came of it.
    reporters: mode === 'full' ? ['default', './test/faults/kill-table.ts'] : ['default'],
    globalSetup: ['test/kafka/global-setup.ts'],
    // A fork per file, two at a time: tests start brokers and child processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
}))

export default config
