import { identityKey } from '../../domain/event.ts';

/** An identity in the form that event data takes. */
export type Person = { readonly id?: string; readonly email?: string; readonly name?: string };

export interface NamedIdentity {
  readonly id?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly name?: string | null | undefined;
}

/**
 * An identity as the gateway names it. API keys carry their name where people carry an e-mail address: what has no
 * `@` is a name. `undefined` when the gateway names nobody.
 */
export function toIdentity(named: NamedIdentity): Person | undefined {
  const email = named.email?.includes('@') === true ? named.email : undefined;
  const name = given(named.name) ?? (email === undefined ? given(named.email) : undefined);
  const id = given(named.id);
  const identity: Person = {
    ...(id === undefined ? {} : { id }),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
  };
  return identityKey(identity) === undefined ? undefined : identity;
}

function given(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text.trim() === '' ? undefined : text;
}
