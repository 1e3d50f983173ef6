import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';

describe('canonical JSON (RFC 8785)', () => {
  it('refuses a lone surrogate, a non-finite number and endless nesting', () => {
    expect(() => toCanonicalJson('\ud800')).toThrow(TypeError);
    expect(() => toCanonicalJson(Number.NaN)).toThrow(TypeError);
    let deep: Json = 1;
    for (let level = 0; level < 70; level += 1) deep = [deep];
    expect(() => toCanonicalJson(deep)).toThrow(/nested too deeply/);
  });

  it('sorts members by UTF-16 code units, integer-like names included', () => {
    expect(toCanonicalJson({ b: 1, '10': 2, '9': 3, _: 4, '\u20ac': 5, '\u{1F600}': 6, '\ufb33': 7 })).toBe(
      '{"10":2,"9":3,"_":4,"b":1,"\u20ac":5,"\u{1F600}":6,"\ufb33":7}',
    );
  });

  it('writes the example of the RFC', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(toCanonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('leaves out undefined members', () => {
    expect(toCanonicalJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it('says the same of equal values, whatever the order of their members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = toCanonicalJson(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(toCanonicalJson(JSON.parse(text) as Json)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (members) => {
        const turned = Object.fromEntries(Object.entries(members).reverse());
        expect(toCanonicalJson(turned)).toBe(toCanonicalJson(members));
      }),
    );
  });
});
