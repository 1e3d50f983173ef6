import { fieldsOf, isKind, kinds, type Kind } from '../domain/kinds/index.ts';

/** A member as it is written: its name, and the name's JSON text with the colon. */
interface Member {
  readonly name: string;
  readonly label: string;
  /** `clear`, a disclosure's name, or the pseudonym of the identity that the field `of` holds. */
  readonly to: string;
  readonly of?: string;
}

/** How an event of one kind is written, worked out once. */
export interface Layout {
  /** All members, pseudonyms and `extra` included, in UTF-16 code unit order (RFC 8785 section 3.2.3). */
  readonly members: readonly Member[];
  readonly known: ReadonlySet<string>;
}

export function layoutOf(kind: Kind): Layout {
  return layouts[kind];
}

const layouts = Object.fromEntries(
  Object.keys(kinds)
    .filter(isKind)
    .map((kind) => [kind, toLayout(kind)]),
) as Record<Kind, Layout>;

function toLayout(kind: Kind): Layout {
  const members: Member[] = [toMember('extra', 'content')];
  for (const [name, field] of Object.entries(fieldsOf(kind))) {
    members.push(toMember(name, field.mark));
    if (field.identity) {
      members.push({ ...toMember(name === 'person' ? 'who' : `${name}Who`, 'clear'), of: name });
    }
  }
  return {
    members: members.sort((a, b) => (a.name < b.name ? -1 : 1)),
    known: new Set(Object.keys(fieldsOf(kind))),
  };
}

function toMember(name: string, to: string): Member {
  return { name, label: `${JSON.stringify(name)}:`, to };
}
