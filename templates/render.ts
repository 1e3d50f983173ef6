import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, type Escaping, type Template } from './engine.ts';
import type { Helper } from './helpers.ts';

export interface Renderer {
  /**
   * The text of template `name` (its path under the directory, without `.hbs`). Throws TypeError for a name that
   * does not exist, and Handlebars' own error for a value that the template needs and `value` does not hold.
   */
  render(name: string, value: unknown): string;
}

export interface RendererOptions {
  readonly directory: string | URL;
  /** `html` (default) escapes every value; `none` is for Markdown and plain text. */
  readonly escaping?: Escaping;
  /** Further helpers; they replace standard ones of the same name. */
  readonly helpers?: Readonly<Record<string, Helper>>;
}

/**
 * Reads and compiles every `.hbs` file under a directory, once. Files under `partials/` are also available to all
 * templates as `{{> name}}`, named by their path below that folder.
 */
export function createRenderer(options: RendererOptions): Renderer {
  const engine = createEngine(options.escaping ?? 'html', options.helpers);
  const root = options.directory instanceof URL ? fileURLToPath(options.directory) : options.directory;
  const sources = readTemplates(root);
  for (const [name, source] of sources) {
    if (name.startsWith('partials/')) engine.partial(name.slice('partials/'.length), source);
  }
  const templates = new Map<string, Template>();
  for (const [name, source] of sources) templates.set(name, engine.compile(source, name));
  return {
    render(name, value) {
      const template = templates.get(name);
      if (template === undefined) throw new TypeError(`there is no template named ${name}`);
      return template(value);
    },
  };
}

function readTemplates(root: string): Map<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.hbs'),
  );
  const found = new Map<string, string>();
  for (const name of names.sort()) {
    found.set(name.slice(0, -'.hbs'.length).split(sep).join('/'), readFileSync(join(root, name), 'utf8'));
  }
  return found;
}
