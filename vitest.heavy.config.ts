import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.heavy.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: ['default', './test/summary.ts'],
  },
});
