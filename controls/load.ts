import { readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { AnnexaError } from '../domain/errors.ts';
import type { Catalogue, ControlDeclaration, PreconditionDeclaration, TestDeclaration } from './catalogue.ts';
import { isLimitName } from './limits.ts';
import { readSql, sha256Hex } from './sql.ts';

const Exact = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const Note = Type.Union([Text, Type.Object({ when: Text, say: Text }, Exact)]);
const Test = Type.Object(
  {
    id: Type.String({ pattern: '^A\\.\\d+\\.\\d+-T\\d+(-[a-z]+)?$' }),
    question: Text,
    needs: Type.Array(Text),
    uses: Type.Optional(Type.Array(Text)),
    limits: Type.Optional(Type.Array(Text)),
    exceptions: Type.Record(Type.String({ pattern: '^[a-z]+(-[a-z]+)*$' }), Text),
    notes: Type.Optional(Type.Array(Note)),
    built: Type.Optional(Type.Boolean()),
  },
  Exact,
);
const Control = Type.Object(
  {
    id: Type.String({ pattern: '^A\\.\\d+\\.\\d+$' }),
    title: Text,
    theme: Type.Union(
      ['organizational', 'people', 'physical', 'technological'].map((theme) => Type.Literal(theme)),
    ),
    grade: Type.Union([
      Type.Literal('direct'),
      Type.Literal('partial'),
      Type.Literal('supporting'),
      Type.Literal('none'),
    ]),
    iso2013: Type.Array(Type.String({ pattern: '^A\\.\\d+\\.\\d+\\.\\d+$' })),
    cannotEvidence: Text,
    tests: Type.Optional(Type.Array(Test)),
  },
  Exact,
);
const Precondition = Type.Object(
  {
    id: Type.String({ pattern: '^P\\d$' }),
    question: Text,
    limits: Type.Optional(Type.Array(Text)),
    notes: Type.Optional(Type.Array(Note)),
    built: Type.Optional(Type.Boolean()),
  },
  Exact,
);
const File = Type.Object({ preconditions: Type.Array(Precondition), controls: Type.Array(Control) }, Exact);
const Titles = Type.Record(Type.String({ pattern: '^A\\.\\d+\\.\\d+\\.\\d+$' }), Text);

const checkFile = Compile(File);
const checkTitles = Compile(Titles);

/**
 * Reads the catalogue that ships with annexa: 93 controls, their tests and the preconditions.
 * Throws CONFIG_INVALID naming the field when a file does not have the form above, or a query is missing.
 */
export function loadCatalogue(): Catalogue {
  const text = read('./iso27001.yaml');
  const titlesText = read('./iso27001-2013.yaml');
  const file: unknown = parse(text);
  if (!checkFile.Check(file)) throw malformed('controls/iso27001.yaml', checkFile.Errors(file));
  const titles: unknown = parse(titlesText);
  if (!checkTitles.Check(titles)) throw malformed('controls/iso27001-2013.yaml', checkTitles.Errors(titles));
  const controls = file.controls.map(toControl);
  const preconditions = file.preconditions.map(toPrecondition);
  return {
    controls,
    preconditions,
    titles2013: new Map(Object.entries(titles)),
    sha256: digestOf([text, titlesText], { controls, preconditions }),
  };
}

function toControl(control: Static<typeof Control>): ControlDeclaration {
  return { ...control, theme: String(control.theme), tests: (control.tests ?? []).map(toTest) };
}

function toTest(test: Static<typeof Test>): TestDeclaration {
  return {
    ...test,
    uses: test.uses ?? [],
    limits: toLimits(test.id, test.limits),
    notes: toNotes(test.notes),
    built: test.built ?? true,
  };
}

function toPrecondition(precondition: Static<typeof Precondition>): PreconditionDeclaration {
  const { id, question, limits, notes, built } = precondition;
  return { id, question, limits: toLimits(id, limits), notes: toNotes(notes), built: built ?? true };
}

function toLimits(id: string, names: readonly string[] = []): TestDeclaration['limits'] {
  return names.map((name) => {
    if (!isLimitName(name))
      throw new AnnexaError('CONFIG_INVALID', `there is no limit "${name}"`, {
        where: `controls/iso27001.yaml ${id}`,
      });
    return name;
  });
}

function toNotes(notes: readonly Static<typeof Note>[] = []): TestDeclaration['notes'] {
  return notes.map((note) => (typeof note === 'string' ? { say: note } : note));
}

/** Order and names go into the digest, so that moving text from one file to another changes it. */
function digestOf(
  texts: readonly string[],
  catalogue: Pick<Catalogue, 'controls' | 'preconditions'>,
): string {
  const tests = catalogue.controls.flatMap((control) => control.tests);
  const notes = [...tests, ...catalogue.preconditions].flatMap((entry) =>
    entry.notes.flatMap((note) => note.when ?? []),
  );
  const queries = [
    ...tests.filter((test) => test.built).map(({ id }) => ['tests', id] as const),
    ...catalogue.preconditions.filter((entry) => entry.built).map(({ id }) => ['preconditions', id] as const),
    ...[...new Set(notes)].map((name) => ['notes', name] as const),
  ];
  const parts = queries.map(([folder, name]) => {
    const sql = readSql(folder, name);
    if (sql === undefined)
      throw new AnnexaError('CONFIG_INVALID', `controls/${folder}/${name}.sql is missing`, {
        where: 'controls/iso27001.yaml',
      });
    return `${folder}/${name} ${sha256Hex(sql)}`;
  });
  return sha256Hex([...texts.map(sha256Hex), ...parts].join('\n'));
}

function malformed(
  where: string,
  errors: readonly { readonly instancePath: string; readonly message: string }[],
): AnnexaError {
  const [first] = errors;
  return new AnnexaError(
    'CONFIG_INVALID',
    `the catalogue of controls is not understood: ${first?.instancePath ?? ''} ${first?.message ?? ''}`,
    { where },
  );
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
