import Handlebars from 'handlebars';
import { standardHelpers, type Helper } from './helpers.ts';

export type Escaping = 'html' | 'none';

/** A compiled text. Throws when it names a value that is not there. */
export type Template = (value: unknown) => string;

export interface Engine {
  compile(source: string, name: string): Template;
  /** Makes a text available to the others as `{{> name}}`. */
  partial(name: string, source: string): void;
}

/**
 * Handlebars in its strictest form: a name that is missing throws, nothing is read from a prototype, and only the
 * helpers given here exist. Syntax errors are found at compile time, with the template's name.
 */
export function createEngine(escaping: Escaping, helpers: Readonly<Record<string, Helper>> = {}): Engine {
  const handlebars = Handlebars.create();
  const all: Readonly<Record<string, Helper>> = { ...standardHelpers, ...helpers };
  for (const [name, helper] of Object.entries(all)) {
    handlebars.registerHelper(name, (...given: unknown[]) => helper(...present(name, given.slice(0, -1))));
  }
  const options = {
    strict: true,
    noEscape: escaping === 'none',
    preventIndent: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(Object.keys(all).map((name) => [name, true])),
  };
  const build = (source: string, name: string): HandlebarsTemplateDelegate => {
    try {
      handlebars.precompile(source, options);
    } catch (cause) {
      throw new TypeError(`template ${name} cannot be compiled`, { cause });
    }
    return handlebars.compile(source, options);
  };
  const runtime = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };
  return {
    compile(source, name) {
      const template = build(source, name);
      return (value) => template(value, runtime);
    },
    partial(name, source) {
      handlebars.registerPartial(name, build(source, name));
    },
  };
}

/** Handlebars does not check the arguments of helpers: a missing one arrives as undefined. */
function present(name: string, values: readonly unknown[]): readonly unknown[] {
  if (values.includes(undefined)) throw new TypeError(`a value given to {{${name}}} is not there`);
  return values;
}
