// Compiles TypeScript into dist/ and copies what the code reads at run time beside it.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const out = 'dist';
const assets = /\.(sql|hbs|yaml|json|jsonl|css|js|svg|html|woff2)$/;
const folders = [
  'controls',
  'dashboards',
  'domain',
  'ledger',
  'reports',
  'store',
  'templates',
  'verify',
  'demo',
  'collectors',
  'cli',
  'bench',
];

rmSync(out, { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

for (const folder of folders.filter((name) => existsSync(name))) {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !assets.test(file.name)) continue;
    const from = join(file.parentPath, file.name);
    mkdirSync(dirname(join(out, from)), { recursive: true });
    cpSync(from, join(out, from));
  }
}
cpSync('package.json', join(out, 'package.json'));

const bin = join('node_modules', '.bin', 'annexa');
const main = join(out, 'main.js');
if (existsSync(main)) {
  chmodSync(main, 0o755);
  rmSync(bin, { force: true });
  symlinkSync(relative(dirname(bin), main), bin);
}
