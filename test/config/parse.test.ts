import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/parse.ts';
import { AnnexaError } from '../../domain/errors.ts';
import { toInstant } from '../../domain/time.ts';

const surroundings = {
  file: 'annexa.yaml',
  env: { HOOP_TOKEN: 'hpk_test' },
  readSecret: (path: string) => `secret of ${path}\n`,
  resolvePath: (path: string) => `/etc/annexa/${path}`,
  now: toInstant('2026-11-21T10:00:00Z', 'test'),
};

function problemOf(text: string): string {
  try {
    parseConfig(text, surroundings);
  } catch (error) {
    if (error instanceof AnnexaError) return error.toLine();
    throw error;
  }
  return '';
}

describe('annexa.yaml', () => {
  it('refuses an unknown key and names its line', () => {
    expect(problemOf('origin: a/b\nlisten: 127.0.0.1:1\ncolour: red\n')).toMatch(
      /line 3: colour: unknown key "colour"/,
    );
  });

  it('refuses an unknown key of a source and names its line', () => {
    const text =
      'sources:\n  - name: gateway\n    kind: hoop\n    url: http://127.0.0.1:1\n    token: x\n    interval: 5m\n';
    expect(problemOf(text)).toContain('interval');
  });

  it('names every problem at once', () => {
    const line = problemOf('listen: 5\norigin: "a b"\n');
    expect(line).toContain('listen');
    expect(line).toContain('origin');
    expect(line).toContain('2 problem(s)');
  });

  it('refuses text that is not YAML, with the line', () => {
    expect(problemOf('a: [1\nb: 2\n')).toMatch(/CONFIG_INVALID.*line \d/);
  });

  it('refuses a secret whose variable is not set, without printing a secret', () => {
    const line = problemOf(
      'sources:\n  - {name: g, kind: hoop, url: "http://127.0.0.1:1", token: "env:NOT_SET"}\n',
    );
    expect(line).toContain('NOT_SET is not set');
  });

  it('refuses two sources of one name', () => {
    const source = '{name: g, kind: hoop-inspect, file: a.jsonl}';
    expect(problemOf(`sources: [${source}, ${source}]\n`)).toContain('two sources are named "g"');
  });

  it('has a default for everything', () => {
    const config = parseConfig('', surroundings);
    expect(config).toMatchObject({
      data: '/etc/annexa/./data',
      listen: { host: '127.0.0.1', port: 8080 },
      clickhouse: 'embedded',
      sources: [],
      bodyBytes: 16 * 1_048_576,
    });
  });

  it('takes secrets from the environment and from files', () => {
    const text = `
clickhouse: {url: "http://127.0.0.1:8123", password: "file:ch.txt"}
sources:
  - {name: gateway, kind: hoop, url: "http://127.0.0.1:8009/", token: "env:HOOP_TOKEN", every: 30s, since: "2026-01-01T00:00:00Z"}
`;
    const config = parseConfig(text, surroundings);
    expect(config.clickhouse).toMatchObject({ password: 'secret of /etc/annexa/ch.txt' });
    expect(config.sources[0]).toMatchObject({
      token: 'hpk_test',
      url: 'http://127.0.0.1:8009',
      everyMs: 30_000,
      since: '2026-01-01T00:00:00.000000Z',
    });
  });
});
