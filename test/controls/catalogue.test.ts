import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveControls } from '../../controls/crosswalk.ts';
import { loadCatalogue } from '../../controls/load.ts';
import { resolveLimits } from '../../controls/limits.ts';
import { AnnexaError } from '../../domain/errors.ts';
import { limitDefinitions } from '../../domain/limits.ts';

const catalogue = loadCatalogue();
const tests = catalogue.controls.flatMap((control) => control.tests);
const ids = (...asked: string[]): readonly string[] => resolveControls(catalogue, asked).map(({ id }) => id);

describe('the catalogue', () => {
  it('has the 93 controls of Annex A, in their order, each once', () => {
    const expected = [
      ['5', 37],
      ['6', 8],
      ['7', 14],
      ['8', 34],
    ].flatMap(([part, count]) => Array.from({ length: Number(count) }, (_, n) => `A.${part}.${n + 1}`));
    expect(catalogue.controls.map(({ id }) => id)).toEqual(expected);
  });

  it('says of every control what the gateway cannot show, and gives no test to one that it shows nothing of', () => {
    for (const { id, grade, cannotEvidence, tests } of catalogue.controls) {
      expect(cannotEvidence.length, id).toBeGreaterThan(20);
      expect(tests.length > 0, id).toBe(grade !== 'none');
    }
  });

  it('grades 44 controls as shown in part, and declares their 89 tests, one of them in four parts', () => {
    const graded = (grade: string) => catalogue.controls.filter((control) => control.grade === grade).length;
    expect([graded('direct'), graded('partial'), graded('supporting'), graded('none')]).toEqual([
      6, 21, 17, 49,
    ]);
    expect(tests).toHaveLength(89 + 3);
    expect(new Set(tests.map(({ id }) => id)).size).toBe(tests.length);
  });

  it('names every test after its control', () => {
    for (const control of catalogue.controls)
      for (const { id } of control.tests) expect(id.startsWith(`${control.id}-T`)).toBe(true);
  });

  it('has a query for every working test and precondition, and no query that nothing uses', () => {
    const names = (folder: string) =>
      readdirSync(new URL(`../../controls/${folder}/`, import.meta.url)).map((file) =>
        file.replace('.sql', ''),
      );
    const notes = [...tests, ...catalogue.preconditions].flatMap((entry) =>
      entry.notes.flatMap(({ when }) => when ?? []),
    );
    expect(names('tests').toSorted()).toEqual(
      tests
        .filter(({ built }) => built)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(names('preconditions').toSorted()).toEqual(
      catalogue.preconditions.filter(({ built }) => built).map(({ id }) => id),
    );
    expect(names('notes').toSorted()).toEqual([...new Set(notes)].toSorted());
  });

  it('declares every limit that a query reads, and no other', () => {
    const url = (folder: string, name: string) =>
      new URL(`../../controls/${folder}/${name}.sql`, import.meta.url);
    const entries = [
      ...tests.map((test) => ['tests', test] as const),
      ...catalogue.preconditions.map((entry) => ['preconditions', entry] as const),
    ];
    for (const [folder, { id, limits, built }] of entries) {
      if (!built) continue;
      const sql = readFileSync(url(folder, id), 'utf8');
      const read = Object.keys(limitDefinitions).filter((name) => sql.includes(`{${name}:UInt64}`));
      expect([...limits].toSorted(), id).toEqual(read.toSorted());
    }
  });

  it('writes every exception code that it declares for a working test into a query', () => {
    const views = readFileSync(new URL('../../store/schema/views.sql', import.meta.url), 'utf8');
    for (const { id, exceptions, built } of tests) {
      if (!built) continue;
      const sql = readFileSync(new URL(`../../controls/tests/${id}.sql`, import.meta.url), 'utf8') + views;
      expect(
        Object.keys(exceptions).filter((code) => !sql.includes(`'${code}'`)),
        id,
      ).toEqual([]);
    }
  });

  it('changes its digest with nothing but its text', () => {
    expect(loadCatalogue().sha256).toBe(catalogue.sha256);
    expect(catalogue.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('holds every query to the same form: no star at the top, a total order, half-open periods', () => {
    for (const { id, built } of tests) {
      if (!built) continue;
      const sql = readFileSync(new URL(`../../controls/tests/${id}.sql`, import.meta.url), 'utf8');
      expect(sql.startsWith('-- '), id).toBe(true);
      expect(sql.trimEnd(), id).toMatch(/ORDER BY time, `index`, subject(, resource, detail)?$/);
      expect(sql, id).not.toMatch(/BETWEEN\s+\{|<= \{to:|> \{from:/);
      expect(sql, id).not.toMatch(/\bnow\(|\brand\(|today\(/);
    }
  });
});

describe('an id that a person asks by', () => {
  it('may be any control of 2013, and leads to the control that followed it', () => {
    expect(catalogue.titles2013.size).toBe(114);
    for (const id of catalogue.titles2013.keys()) expect(ids(id).length, id).toBeGreaterThan(0);
    for (const control of catalogue.controls)
      for (const id of control.iso2013) expect(catalogue.titles2013.has(id), id).toBe(true);
  });

  it.each([
    ['A.12.4.1', ['A.8.15']],
    ['A.18.2.3', ['A.5.36', 'A.8.8']],
    ['A.9.4.2', ['A.8.5']],
    ['A.9.2', ['A.5.16', 'A.5.17', 'A.5.18', 'A.8.2']],
    ['A.12.4', ['A.8.15', 'A.8.17']],
    ['A.9', ['A.5.15', 'A.5.16', 'A.5.17', 'A.5.18', 'A.8.2', 'A.8.3', 'A.8.4', 'A.8.5', 'A.8.18']],
    ['A.13', ['A.5.14', 'A.6.6', 'A.8.20', 'A.8.21', 'A.8.22']],
    ['A.15', ['A.5.19', 'A.5.20', 'A.5.21', 'A.5.22']],
  ])('%s', (asked, found) => {
    expect(ids(asked)).toEqual(found);
  });

  it('means 2022 where both editions have it, unless the edition is said', () => {
    expect(ids('A.8.2')).toEqual(['A.8.2']);
    expect(ids('2013:A.8.2')).toEqual(['A.5.10', 'A.5.12', 'A.5.13']);
    expect(ids('A.6')).toHaveLength(8);
    expect(() => ids('2022:A.9.2')).toThrow('there is no control "2022:A.9.2"');
  });

  it('is taken in any order and once, and does not match half a number', () => {
    expect(ids('A.8.15', 'A.12.4.1', 'A.5.3')).toEqual(['A.5.3', 'A.8.15']);
    expect(ids('A.8.1')).toEqual(['A.8.1']);
    expect(ids()).toHaveLength(93);
  });

  it.each(['A.4', 'A.8.99', 'logging', '', 'A.9.2.', 'A', '.'])(
    'is refused when nothing answers to it: "%s"',
    (asked) => {
      expect(() => ids(asked)).toThrow(AnnexaError);
    },
  );
});

describe('limits', () => {
  it('take the value of the organisation where it set one, and say so', () => {
    const limits = resolveLimits({ GRACE: '2m', EXPORT_LIMIT: '500', TLS_MIN: '1.3' });
    expect(limits.GRACE).toEqual({ name: 'GRACE', text: '2m', value: 120_000, adopted: true });
    expect(limits.REVOKE_GRACE).toEqual({ name: 'REVOKE_GRACE', text: '0', value: 0, adopted: false });
    expect([limits.EXPORT_LIMIT.value, limits.TLS_MIN.value]).toEqual([500, 13]);
    expect(Object.keys(limits)).toEqual(Object.keys(limitDefinitions));
  });

  it.each([
    [{ GRACE: '5 minutes' }, 'controls.limits.GRACE'],
    [{ ADMIN_MAX: '5m' }, 'controls.limits.ADMIN_MAX'],
    [{ TLS_MIN: 'one' }, 'controls.limits.TLS_MIN'],
    [{ GRAZE: '5m' }, 'controls.limits.GRAZE'],
  ])('refuse %j and name the field', (configured, where) => {
    expect(() => resolveLimits(configured)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', where }) as Error,
    );
  });

  it('are documented with unit, default, meaning and the tests that use them', () => {
    const file = new URL('../../docs/limits.md', import.meta.url);
    expect(existsSync(file)).toBe(true);
    const rows = new Map(
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) =>
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        )
        .map((cells) => [cells[0], cells.slice(1)]),
    );
    for (const [name, { unit, default: text, meaning }] of Object.entries(limitDefinitions)) {
      const users = [
        ...catalogue.preconditions
          .filter(({ limits }) => limits.some((limit) => limit === name))
          .map(({ id }) => id),
        ...tests
          .filter(({ limits }) => limits.some((limit) => limit === name))
          .map(({ id, built }) => (built ? id : `${id} (not built)`)),
      ];
      const used = name === 'BLIND_MAX' ? 'every test' : users.join(', ') || 'none yet';
      expect(rows.get(name), name).toEqual([unit, text, meaning, used]);
    }
    expect(rows.size).toBe(Object.keys(limitDefinitions).length + 2);
  });
});
