import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Room → rooms it may import besides itself. The table of ARCHITECTURE.md. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  templates: [],
  ledger: ['domain'],
  store: ['domain'],
  controls: ['domain'],
  collectors: ['domain'],
  config: ['domain'],
  exports: ['domain'],
  ingest: ['domain', 'ledger'],
  verify: ['ledger', 'domain'],
  reports: ['domain', 'ledger', 'templates'],
  dashboards: ['domain', 'templates'],
  http: ['domain', 'ingest', 'reports', 'dashboards'],
};

const IMPORT = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)(['"])(\.{1,2}\/[^'"]+)\1/g;

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => normalize(join(dirname(file), match[2] ?? '')));
}

/** A room of the table may still be empty. */
function filesOf(room: string): string[] {
  if (!existsSync(room)) return [];
  return readdirSync(room, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('imports', () => {
  it('sees static, side-effect and dynamic imports', () => {
    const text =
      "import './a.ts'; import { b } from '../b/b.ts'; const c = await import('./c.ts'); export * from './d.ts';";
    expect([...text.matchAll(IMPORT)].map((match) => match[2])).toEqual([
      './a.ts',
      '../b/b.ts',
      './c.ts',
      './d.ts',
    ]);
  });

  it.each(Object.entries(allowed))('%s imports only what its row of the table allows', (room, others) => {
    const strangers = filesOf(room).flatMap((file) =>
      importsOf(file)
        .filter(
          (target) => ![room, ...others].some((door) => target === door || target.startsWith(`${door}/`)),
        )
        .map((target) => `${file} imports ${target}`),
    );
    expect(strangers).toEqual([]);
  });

  it('gives every room of the repository a row, or knows it as a composition root', () => {
    const roots = new Set([
      'cli',
      'demo',
      'bench',
      'scripts',
      'test',
      'docs',
      'deploy',
      'dist',
      'node_modules',
      'demo-out',
      'data',
      'test-artefacts',
      'coverage',
    ]);
    const rooms = readdirSync('.', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
    expect(rooms.filter((room) => !Object.hasOwn(allowed, room) && !roots.has(room))).toEqual([]);
  });

  it('lets nobody import a composition root', () => {
    const strangers = Object.keys(allowed).flatMap((room) =>
      filesOf(room).flatMap((file) =>
        importsOf(file)
          .filter((target) => /^(cli|demo|bench|main\.ts)/.test(target))
          .map((target) => `${file} imports ${target}`),
      ),
    );
    expect(strangers).toEqual([]);
  });
});

describe('the edge of the house', () => {
  const inside = Object.keys(allowed).flatMap(filesOf);

  it.each([
    ['the clock', /\bDate\.now\(|\bnew Date\(\)/],
    ['the environment', /\bprocess\.env\b/],
    ['randomness', /\bMath\.random\(/],
  ])('is the only place that reads %s', (_what, pattern) => {
    expect(inside.filter((file) => pattern.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('never calls an organisation compliant', () => {
    const texts = ['templates', 'dashboards', 'reports', 'controls', 'cli'].flatMap((room) =>
      readdirSync(room, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|hbs|yaml|sql)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    expect(texts.filter((file) => /\bcompliant\b/i.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
