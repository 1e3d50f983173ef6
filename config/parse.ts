import { Compile } from 'typebox/compile';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { toDurationMs } from '../domain/duration.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { TagMeaning } from '../domain/limits.ts';
import { addMillis, toInstant, type Instant } from '../domain/time.ts';
import { ConfigSchema, type ConfigFile } from './schema.ts';

export interface HoopSourceConfig {
  readonly kind: 'hoop';
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly everyMs: number;
  readonly since: Instant;
}

export interface InspectSourceConfig {
  readonly kind: 'hoop-inspect';
  readonly name: string;
  readonly file: string;
  readonly config?: string;
  readonly resources: Readonly<Record<string, string>>;
  readonly everyMs: number;
}

export type SourceConfig = HoopSourceConfig | InspectSourceConfig;

export interface Config {
  readonly data: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly hosts: readonly string[];
  readonly origin: string;
  readonly organisation: string;
  readonly clickhouse:
    | 'embedded'
    | { readonly url: string; readonly database: string; readonly user: string; readonly password: string };
  readonly sources: readonly SourceConfig[];
  readonly limits: Readonly<Record<string, string>>;
  readonly tags: TagMeaning;
  readonly bodyBytes: number;
}

export interface ConfigSurroundings {
  /** Name of the file, for messages. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a secret's file; throws when it cannot. */
  readonly readSecret: (path: string) => string;
  /** Resolves a path of the file against the file's own directory. */
  readonly resolvePath: (path: string) => string;
  readonly now: Instant;
  /** What the data directory says where the file says nothing. */
  readonly remembered?: { readonly origin: string; readonly organisation: string };
}

interface Problem {
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

const validator = Compile(ConfigSchema);
const BACKFILL_MS = 86_400_000;
const SIZES = { B: 1, KiB: 1024, MiB: 1_048_576 } as const;

/**
 * Reads annexa.yaml. Pure but for the injected secret reader.
 * Collects every problem and throws one CONFIG_INVALID that lists them, each with its line and field.
 */
export function parseConfig(text: string, surroundings: ConfigSurroundings): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: Problem[] = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    field: '',
    message: error.message.split('\n')[0] ?? error.message,
  }));
  const value: unknown = problems.length === 0 ? (document.toJS() ?? {}) : {};
  if (problems.length === 0 && !validator.Check(value))
    problems.push(...schemaProblems(value, document, lines));
  refuse(problems, surroundings.file);
  // The validator has just said that this is a ConfigFile.
  const config = toConfig(value as ConfigFile, surroundings, problems);
  refuse(problems, surroundings.file);
  return config;
}

function toConfig(file: ConfigFile, surroundings: ConfigSurroundings, problems: Problem[]): Config {
  const attempt = <T>(field: string, fallback: T, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      problems.push({ line: 0, field, message: error instanceof Error ? error.message : String(error) });
      return fallback;
    }
  };
  const secret = (field: string, text: string): string =>
    attempt(field, '', () => resolveSecret(text, surroundings));
  const listen = file.listen ?? '127.0.0.1:8080';
  const cut = listen.lastIndexOf(':');
  const engine = file.clickhouse ?? 'embedded';
  const tags = file.controls?.tags ?? {};
  for (const [name, text] of Object.entries(file.controls?.limits ?? {})) {
    if (!/^\d+(\.\d+)?(ms|s|m|h|d|mo|y)?$/.test(text ?? '')) {
      problems.push({
        line: 0,
        field: `controls.limits.${name}`,
        message: `"${String(text)}" is neither a duration nor a number`,
      });
    }
  }
  const sources = (file.sources ?? []).map((source, at): SourceConfig => {
    const field = `sources[${at}]`;
    const everyMs = (fallback: string): number =>
      attempt(`${field}.every`, 60_000, () => toDurationMs(source.every ?? fallback, `${field}.every`));
    if (source.kind === 'hoop') {
      return {
        kind: 'hoop',
        name: source.name,
        url: source.url.replace(/\/+$/, ''),
        token: secret(`${field}.token`, source.token),
        everyMs: everyMs('1m'),
        since: attempt(`${field}.since`, surroundings.now, () =>
          source.since === undefined
            ? addMillis(surroundings.now, -BACKFILL_MS)
            : toInstant(source.since, `${field}.since`),
        ),
      };
    }
    return {
      kind: 'hoop-inspect',
      name: source.name,
      file: surroundings.resolvePath(source.file),
      ...(source.config === undefined ? {} : { config: surroundings.resolvePath(source.config) }),
      resources: source.resources ?? {},
      everyMs: everyMs('10s'),
    };
  });
  for (const name of repeated(sources.map((source) => source.name))) {
    problems.push({ line: 0, field: 'sources', message: `two sources are named "${name}"` });
  }
  return {
    data: surroundings.resolvePath(file.data ?? './data'),
    listen: { host: listen.slice(0, cut), port: Number(listen.slice(cut + 1)) },
    hosts: file.hosts ?? [],
    origin: file.origin ?? surroundings.remembered?.origin ?? 'annexa.local/default/main',
    organisation: file.organisation ?? surroundings.remembered?.organisation ?? 'Organisation not named',
    clickhouse:
      engine === 'embedded'
        ? 'embedded'
        : {
            url: engine.url,
            database: engine.database ?? 'annexa',
            user: engine.user ?? 'default',
            password: engine.password === undefined ? '' : secret('clickhouse.password', engine.password),
          },
    sources,
    limits: Object.fromEntries(
      Object.entries(file.controls?.limits ?? {}).map(([name, text]) => [name, String(text)]),
    ),
    tags: {
      environment: tags.environment ?? 'environment',
      production: tags.production ?? ['prod', 'production'],
      sensitive: tags.sensitive ?? ['pii', 'confidential'],
      privileged: tags.privileged ?? ['admin', 'root', 'superuser'],
    },
    bodyBytes: toBytes(file.limits?.bodyBytes ?? '16MiB'),
  };
}

function schemaProblems(value: unknown, document: Document, lines: LineCounter): Problem[] {
  return validator.Errors(value).map((error) => {
    const path = error.instancePath
      .split('/')
      .slice(1)
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    const unknown =
      error.keyword === 'additionalProperties' && 'additionalProperties' in error.params
        ? error.params.additionalProperties
        : [];
    const at = unknown.length > 0 ? [...path, String(unknown[0])] : path;
    return {
      line: lineOf(document, at, lines),
      field: at.join('.'),
      message:
        unknown.length > 0 ? `unknown key ${unknown.map((name) => `"${name}"`).join(', ')}` : error.message,
    };
  });
}

function lineOf(document: Document, path: readonly (string | number)[], lines: LineCounter): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return lines.linePos(Number(node.range[0])).line;
    }
  }
  return 1;
}

function resolveSecret(text: string, surroundings: ConfigSurroundings): string {
  if (text.startsWith('env:')) {
    const value = surroundings.env[text.slice(4)];
    if (value === undefined || value === '')
      throw new Error(`the environment variable ${text.slice(4)} is not set`);
    return value;
  }
  if (text.startsWith('file:'))
    return surroundings.readSecret(surroundings.resolvePath(text.slice(5))).trim();
  return text;
}

function toBytes(text: string): number {
  const match = /^(\d+)(B|KiB|MiB)$/.exec(text);
  const unit = match?.[2];
  return unit === 'B' || unit === 'KiB' || unit === 'MiB' ? Number(match?.[1]) * SIZES[unit] : 16 * SIZES.MiB;
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) !== at);
}

function refuse(problems: readonly Problem[], file: string): void {
  if (problems.length === 0) return;
  const list = problems.map(
    ({ line, field, message }) =>
      `${line > 0 ? `line ${line}` : field}: ${line > 0 && field !== '' ? `${field}: ` : ''}${message}`,
  );
  throw new AnnexaError(
    'CONFIG_INVALID',
    `the configuration has ${problems.length} problem(s): ${list.join('; ')}`,
    {
      where: file,
      hint: 'See docs/configuration.md for every field.',
    },
  );
}
