import { createHmac, timingSafeEqual } from 'node:crypto';

/** The cookies of a request by name (RFC 6265 section 5.4); the first of a name counts. */
export function parseCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

/** `text.signature`, both base64url: nobody without the key can make or change it. What is in it can be read. */
export function sealText(key: Uint8Array, text: string): string {
  const body = Buffer.from(text, 'utf8').toString('base64url');
  return `${body}.${sign(key, body).toString('base64url')}`;
}

/** The text of a seal that this key made; undefined for every other string. Compares in constant time. */
export function openSeal(key: Uint8Array, seal: string): string | undefined {
  const [body, signature, ...rest] = seal.split('.');
  if (body === undefined || signature === undefined || rest.length > 0) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(key, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return Buffer.from(body, 'base64url').toString('utf8');
}

function sign(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
