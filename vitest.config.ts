import { defineConfig, type ViteUserConfig } from 'vitest/config'

// User-level tests import the built package by its own name ('sluice'), white-box tests import '../../src/….js'.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/kafka/global-setup.ts'],
    // A fork per file, two at a time: tests start brokers and child processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

export default config
