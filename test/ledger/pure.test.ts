import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const pure = ['merkle', 'tiles', 'range', 'note', 'checkpoint', 'tlog-proof', 'disclosure'];

describe('the proof code', () => {
  it('reaches the platform through hash.ts alone, so that a browser can run it', () => {
    const seen = new Map<string, string[]>();
    const visit = (url: URL): void => {
      if (seen.has(url.pathname)) return;
      const text = readFileSync(url, 'utf8');
      const imports = [...text.matchAll(/^(?:import|export) (?!type)[^;]*?from '([^']+)';$/gm)].map(
        (match) => match[1] ?? '',
      );
      seen.set(
        url.pathname,
        imports.filter((name) => !name.startsWith('.')),
      );
      for (const name of imports) if (name.startsWith('.')) visit(new URL(name, url));
      expect(text, url.pathname).not.toMatch(/\bBuffer\b(?!\.\s)(?=\.(?:from|alloc|concat))|\bprocess\b\./);
    };
    for (const name of pure) visit(new URL(`../../ledger/${name}.ts`, import.meta.url));
    const foreign = [...seen]
      .filter(([, names]) => names.length > 0)
      .map(([path, names]) => [path.split('/').at(-1), names]);
    expect(foreign).toEqual([['hash.ts', ['node:crypto']]]);
  });
});
