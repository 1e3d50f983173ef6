import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readPhrases } from '../../templates/phrases.ts';
import { createRenderer } from '../../templates/render.ts';

const made: string[] = [];
afterEach(() => made.splice(0).forEach((path) => rmSync(path, { recursive: true })));

function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'annexa-templates-'));
  made.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('the renderer', () => {
  it('throws when a template needs a value that is not there', () => {
    const renderer = createRenderer({ directory: folder({ 'a.hbs': '{{missing}}' }) });
    expect(() => renderer.render('a', {})).toThrow(/missing/);
  });

  it('throws for a template that does not exist', () => {
    const renderer = createRenderer({ directory: folder({}) });
    expect(() => renderer.render('a', {})).toThrow(TypeError);
  });

  it('names the file of a syntax error when it is created, not when it is used', () => {
    expect(() => createRenderer({ directory: folder({ 'bad.hbs': '{{#if x}}' }) })).toThrow(/bad/);
  });

  it('refuses a helper that nobody registered', () => {
    expect(() =>
      createRenderer({ directory: folder({ 'a.hbs': '{{lookup this "constructor"}}{{evil 1}}' }) }),
    ).toThrow(/a /);
  });

  it('reads nothing from a prototype', () => {
    const renderer = createRenderer({
      directory: folder({ 'a.hbs': '{{constructor}}', 'b.hbs': '{{value.toString}}' }),
    });
    expect(renderer.render('a', {})).toBe('');
    expect(renderer.render('b', { value: new Date(0) })).toBe('');
  });

  it('escapes HTML unless it is told to write plain text', () => {
    const directory = folder({ 'a.hbs': '{{name}}' });
    expect(createRenderer({ directory }).render('a', { name: '<b> & "q"' })).toBe(
      '&lt;b&gt; &amp; &quot;q&quot;',
    );
    expect(createRenderer({ directory, escaping: 'none' }).render('a', { name: '<b>' })).toBe('<b>');
  });

  it('offers every file under partials/ to the other templates, with the same strictness', () => {
    const directory = folder({
      'partials/row.hbs': '[{{cell}}]',
      'deep/page.hbs': '{{#each rows}}{{> row}}{{/each}}',
    });
    const renderer = createRenderer({ directory });
    expect(renderer.render('deep/page', { rows: [{ cell: 1 }, { cell: 2 }] })).toBe('[1][2]');
    expect(() => renderer.render('deep/page', { rows: [{}] })).toThrow(/cell/);
  });

  it('writes figures and times in one form', () => {
    const source =
      '{{num 4177762}} {{num none}} {{day at}} {{minute at}} {{second at}} {{percent share}} {{plural 1 "row" "rows"}}';
    const renderer = createRenderer({ directory: folder({ 'a.hbs': source }) });
    expect(renderer.render('a', { none: null, at: '2026-07-01T06:05:04.000000Z', share: 0.0042 })).toBe(
      '4,177,762 – 2026-07-01 2026-07-01 06:05 2026-07-01 06:05:04 0.42 % row',
    );
  });
});

describe('phrases', () => {
  it('are found by dotted key and filled strictly', () => {
    const file = join(
      folder({ 'en.yaml': 'a:\n  b: "{{num n}} rows"\n  c: >\n    two\n    lines\n' }),
      'en.yaml',
    );
    const phrases = readPhrases(file);
    expect(phrases.say('a.b', { n: 1200 })).toBe('1,200 rows');
    expect(phrases.say('a.c')).toBe('two lines');
    expect(phrases.keys('a')).toEqual(['b', 'c']);
    expect(() => phrases.say('a.b')).toThrow();
    expect(() => phrases.say('a.x')).toThrow(/a\.x/);
    expect(phrases.find('a.x')).toBeUndefined();
  });
});
