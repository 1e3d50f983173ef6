import { describe, expect, it } from 'vitest';
import { failureOf, RETRY_LIMIT, withRetries } from '../../store/retry.ts';

const errorOf = (code: string): Error => Object.assign(new Error(`failed with ${code}`), { code });

describe('a statement that fails', () => {
  it('is sent again when the engine was busy or the network broke, and at no other answer', () => {
    for (const code of ['202', '210', '241', '243', '252', '319', '999', 'ECONNRESET', 'ENOSPC']) {
      expect(failureOf(errorOf(code))).toBe('transient');
    }
    for (const code of ['159', '396']) expect(failureOf(errorOf(code))).toBe('deadline');
    for (const code of ['6', '47', '53', '60', '62', '497', '516'])
      expect(failureOf(errorOf(code))).toBe('refused');
    expect(failureOf(new Error('<html>502 Bad Gateway</html>'))).toBe('transient');
  });

  it('is sent a bounded number of times', async () => {
    let sent = 0;
    const run = (code: string): Promise<never> => {
      sent += 1;
      return Promise.reject(errorOf(code));
    };
    await expect(withRetries('x', () => run('210'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(sent).toBe(RETRY_LIMIT.attempts);
    await expect(withRetries('x', () => run('62'))).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(withRetries('x', () => run('159'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(sent).toBe(RETRY_LIMIT.attempts + 2);
    await expect(withRetries('x', () => Promise.reject(new TypeError('wrong')))).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  it('succeeds when a later attempt does', async () => {
    let sent = 0;
    const run = (): Promise<number> =>
      ++sent < 3 ? Promise.reject(errorOf('ECONNREFUSED')) : Promise.resolve(sent);
    expect(await withRetries('x', run)).toBe(3);
  });
});
