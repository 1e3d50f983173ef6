import { AnnexaError } from '../domain/errors.ts';

/** Where the next page of a list begins: the sort key of the last row shown, opaque in URLs. */
export function toCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key), 'utf8').toString('base64url');
}

/** The key of a cursor with as many parts as expected; undefined when there is none. Throws USAGE for anything else. */
export function parseCursor(text: string | null, parts: number): readonly (string | number)[] | undefined {
  if (text === null || text === '') return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === parts && key.every(isPart)) return key;
  } catch {
    // Falls through to the same refusal: a cursor is ours or it is not.
  }
  throw new AnnexaError('USAGE', 'the cursor is not one of this list', {
    where: 'after',
    hint: 'Begin again without it.',
  });
}

function isPart(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
