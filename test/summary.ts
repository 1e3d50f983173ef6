import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, and says by name what was skipped: a skipped test is never mistaken for a passed one. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    let failed = 0;
    const skipped: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped.push(`${module.relativeModuleId}: ${test.fullName}`);
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`);
    console.log(
      skipped.length === 0
        ? 'skipped nothing'
        : `skipped ${skipped.length} of ${passed + failed + skipped.length}`,
    );
    console.log(`${passed} passed, ${failed} failed`);
  }
}
