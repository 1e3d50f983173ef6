import { accessKinds } from './access.ts';
import { recordKinds } from './record.ts';
import type { Fields } from './fields.ts';

/** Every kind of event, by name. The name is the CloudEvents `type`; the prefix `annexa.` is optional on input. */
export const kinds = { ...accessKinds, ...recordKinds } as const;

export type Kind = keyof typeof kinds;

export function isKind(name: string): name is Kind {
  return Object.hasOwn(kinds, name);
}

export function fieldsOf(kind: Kind): Fields {
  return kinds[kind];
}
