import { Type, type TSchema } from 'typebox';

/**
 * Where a field of an event goes. `clear` fields stand in the log entry. All others are committed to by a salted
 * digest and kept beside it: those of one person under `person` or `person.<role>`, what people typed or wrote
 * under `content`. Erasing one disclosure leaves the others and every proof intact.
 */
export type Mark = 'clear' | 'content' | 'person' | `person.${string}`;

export interface Field {
  readonly mark: Mark;
  readonly schema: TSchema;
  readonly required: boolean;
  /** Set on the field that holds the identity itself; the clear pseudonym is named after it. */
  readonly identity?: true;
}

export type Fields = Readonly<Record<string, Field>>;

/** A person or machine as the source names it. One of id and email is always there. */
export const Identity = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    name: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: true },
);

export const Name = Type.String({ minLength: 1, maxLength: 512 });
export const Text = Type.String({ maxLength: 1_048_576 });
export const Count = Type.Integer({ minimum: 0 });
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** RFC 3339, UTC, six fractional digits. */
export const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$' });
/** [last reading of the state before, first reading of this one]; null at the first reading ever. */
export const Between = Type.Tuple([Type.Union([Time, Type.Null()]), Time]);

export const clear = (schema: TSchema): Field => ({ mark: 'clear', schema, required: false });
export const content = (schema: TSchema): Field => ({ mark: 'content', schema, required: false });
/** The identity of a role: `person` itself, or `person.<role>`. */
export const identity = (role?: string): Field => ({
  mark: role === undefined ? 'person' : `person.${role}`,
  schema: Identity,
  required: false,
  identity: true,
});
/** A further attribute of the person in that role. */
export const personal = (schema: TSchema, role?: string): Field => ({
  mark: role === undefined ? 'person' : `person.${role}`,
  schema,
  required: false,
});
export const required = (field: Field): Field => ({ ...field, required: true });
export const oneOf = (...values: readonly string[]): TSchema =>
  Type.Union(values.map((value) => Type.Literal(value)));
