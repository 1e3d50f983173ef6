import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createEngine, type Template } from './engine.ts';
import type { Helper } from './helpers.ts';

/** The words of a document, apart from the code that places them. */
export interface Phrases {
  /** The sentence under a dotted key. Throws TypeError for an unknown key; a value that it needs and lacks throws too. */
  say(key: string, values?: Readonly<Record<string, unknown>>): string;
  /** The sentence, or undefined where no such key exists. */
  find(key: string): string | undefined;
  /** Keys directly under a dotted key, in the order of the file. */
  keys(under: string): readonly string[];
}

/** Reads a YAML file of nested names whose leaves are Handlebars sentences, for plain text. */
export function readPhrases(file: string | URL, helpers: Readonly<Record<string, Helper>> = {}): Phrases {
  const engine = createEngine('none', helpers);
  const templates = new Map<string, Template>();
  const children = new Map<string, string[]>();
  const walk = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      templates.set(key, engine.compile(value.trim(), key));
      return;
    }
    if (typeof value !== 'object' || value === null) throw new TypeError(`phrase ${key} is not a text`);
    children.set(key, Object.keys(value));
    for (const [name, member] of Object.entries(value)) walk(member, key === '' ? name : `${key}.${name}`);
  };
  walk(parse(readFileSync(file, 'utf8')), '');
  const say = (key: string, values: Readonly<Record<string, unknown>> = {}): string => {
    const template = templates.get(key);
    if (template === undefined) throw new TypeError(`there is no phrase named ${key}`);
    return template(values).replace(/\s+/g, ' ');
  };
  return {
    say,
    find: (key) => (templates.has(key) ? say(key) : undefined),
    keys: (under) => children.get(under) ?? [],
  };
}
