import { hash } from 'node:crypto';

/**
 * SHA-256 (FIPS 180-4), 32 bytes. The only file of the proof code that touches the platform: a browser build swaps
 * this file and nothing else.
 */
export function sha256(bytes: Uint8Array | string): Uint8Array {
  const digest = hash('sha256', bytes, 'buffer');
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}
