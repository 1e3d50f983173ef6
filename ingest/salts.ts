const SALT_BYTES = 16;
const POOL_SALTS = 4096;

/**
 * Salts of 16 random bytes, base64url without padding. Bytes are drawn for 4,096 at a time: a call of the random
 * source for each costs more than everything else about a salt.
 */
export function createSaltPool(randomBytes: (length: number) => Uint8Array): () => string {
  let pool = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at === pool.length) {
      const drawn = randomBytes(SALT_BYTES * POOL_SALTS);
      if (drawn.length !== SALT_BYTES * POOL_SALTS)
        throw new TypeError('the random source gave too few bytes');
      pool = Buffer.from(drawn);
      at = 0;
    }
    at += SALT_BYTES;
    return pool.toString('base64url', at - SALT_BYTES, at);
  };
}
