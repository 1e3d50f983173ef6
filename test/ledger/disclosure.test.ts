import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkDisclosures,
  disclosureDigest,
  disclosureText,
  encodeDisclosure,
} from '../../ledger/disclosure.ts';

const person = {
  salt: 'AAECAwQFBgcICQoLDA0ODw',
  name: 'person',
  value: '{"person":{"email":"dan@example.com"}}',
};
const content = { salt: 'EBESExQVFhcYGRobHB0eHw', name: 'content', value: '{"statement":"SELECT 1"}' };
const digests = [disclosureDigest(person), disclosureDigest(content)].sort();
const statesOf = (held: Parameters<typeof checkDisclosures>[1]): Record<string, string> =>
  Object.fromEntries(checkDisclosures(digests, held).states);

describe('a disclosure', () => {
  it('has the digest of the example of RFC 9901 section 4.2.3', () => {
    // The example keeps white space after the commas; only its text and digest forms are compared here.
    const encoded = 'WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0';
    expect(createHash('sha256').update(encoded).digest('base64url')).toBe(
      'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0',
    );
    const own = { salt: '_26bc4LT-ac6q2KI6cBW5es', name: 'family_name', value: '"Möbius"' };
    expect(disclosureText(own)).toBe('["_26bc4LT-ac6q2KI6cBW5es","family_name","Möbius"]');
    expect(encodeDisclosure(own)).toBe(Buffer.from(disclosureText(own)).toString('base64url'));
    expect(disclosureDigest(own)).toBe(
      createHash('sha256').update(encodeDisclosure(own)).digest('base64url'),
    );
  });

  it('whose value, salt or name was changed is a mismatch', () => {
    expect(statesOf([{ ...person, value: person.value.replace('dan', 'eve') }, content])).toEqual({
      person: 'mismatch',
      content: 'present',
    });
    expect(statesOf([{ ...person, salt: content.salt }])).toEqual({ person: 'mismatch' });
    expect(statesOf([{ ...person, name: 'person.approver' }])).toEqual({ 'person.approver': 'mismatch' });
    expect(statesOf([{ ...person, salt: '' }])).toEqual({ person: 'mismatch' });
    expect(statesOf([{ ...person, value: '' }])).toEqual({ person: 'mismatch' });
    expect(statesOf([person, person])).toEqual({ person: 'mismatch' });
    expect(checkDisclosures(digests, [{ ...person, salt: '' }]).valid).toBe(false);
  });

  it('is present, withheld or erased, and none of these is a failure', () => {
    expect(checkDisclosures(digests, [person, content])).toMatchObject({ valid: true, unaccounted: 0 });
    expect(statesOf([person, { name: 'content', salt: '', value: '' }])).toEqual({
      person: 'present',
      content: 'erased',
    });
    expect(statesOf([{ name: 'person' }, content])).toEqual({ person: 'withheld', content: 'present' });
    expect(
      checkDisclosures(digests, [{ name: 'person' }, { name: 'content', salt: '', value: '' }]),
    ).toMatchObject({ valid: true, unaccounted: 0 });
    expect(checkDisclosures(digests, [person])).toMatchObject({ valid: true, unaccounted: 1 });
  });

  it('that the entry never committed to cannot hide behind "withheld"', () => {
    expect(checkDisclosures(digests, [person, content, { name: 'person.approver' }]).valid).toBe(false);
    expect(checkDisclosures([...digests, digests[0]!], [person, content]).valid).toBe(false);
  });
});
