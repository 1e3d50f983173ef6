import type { TSchema } from 'typebox';
import { ConfigSchema } from './schema.ts';

interface FieldLine {
  readonly path: string;
  readonly form: string;
  readonly fallback: string;
  readonly description: string;
}

/** docs/configuration.md: every field of annexa.yaml with its form, default and meaning, from the schema itself. */
export function documentConfig(): string {
  const rows = linesOf(ConfigSchema, '').map(
    (line) => `| \`${line.path}\` | ${line.form} | ${line.fallback} | ${line.description} |`,
  );
  return [
    '# Configuration',
    '',
    'annexa reads `./annexa.yaml`, or the file that `--config` names. Every field is optional; without a file the embedded default runs.',
    'Unknown keys are refused with their line. Secrets can be written as `env:NAME` or `file:PATH`; relative paths start at the file itself.',
    '`annexa config check` reports every problem at once, `annexa config schema` prints the JSON Schema.',
    '',
    '| Field | Form | Default | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    'The limits are explained in [limits.md](limits.md).',
    '',
  ].join('\n');
}

function linesOf(schema: TSchema, prefix: string): FieldLine[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const own: FieldLine = {
      path,
      form: formOf(field),
      fallback: 'default' in field ? `\`${JSON.stringify(field.default)}\`` : '',
      description: 'description' in field && typeof field.description === 'string' ? field.description : '',
    };
    const inner = variantsOf(field).flatMap((variant) =>
      linesOf(variant.schema, variant.label === '' ? path : `${path}[${variant.label}]`),
    );
    return inner.length > 0 && own.description === '' ? inner : [own, ...inner];
  });
}

function variantsOf(field: TSchema): { label: string; schema: TSchema }[] {
  if ('items' in field && isSchema(field.items))
    return variantsOf(field.items).map((item) => ({ ...item, label: item.label || 'n' }));
  if ('anyOf' in field && Array.isArray(field.anyOf)) {
    return field.anyOf.filter(isSchema).flatMap((option) => {
      const kind = propertiesOf(option)['kind'];
      return [
        { label: kind !== undefined && 'const' in kind ? `kind: ${String(kind.const)}` : '', schema: option },
      ];
    });
  }
  return [{ label: '', schema: field }];
}

function propertiesOf(schema: TSchema): Record<string, TSchema> {
  if (!('properties' in schema) || typeof schema.properties !== 'object' || schema.properties === null)
    return {};
  return Object.fromEntries(
    Object.entries(schema.properties).filter((entry): entry is [string, TSchema] => isSchema(entry[1])),
  );
}

function formOf(field: TSchema): string {
  if ('const' in field) return `\`${String(field.const)}\``;
  if ('anyOf' in field && Array.isArray(field.anyOf))
    return field.anyOf.filter(isSchema).map(formOf).join(' or ');
  if ('items' in field && isSchema(field.items)) return `list of ${formOf(field.items)}`;
  return 'type' in field ? String(field.type) : 'any';
}

function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null;
}
