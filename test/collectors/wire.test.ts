import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPostgres } from '../../collectors/hoop/wire.ts';
import type { StreamEvent } from '../../collectors/hoop/stream.ts';
import { classifySql } from '../../collectors/sql-class.ts';

function startup(user: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0shop\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}
function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}
const query = (sql: string): Buffer => message('Q', `${sql}\0`);
const read = (...chunks: Buffer[]) =>
  readPostgres(chunks.map((bytes, offset): StreamEvent => ({ offset, type: 'i', bytes })));
const texts = (...chunks: Buffer[]): string[] | undefined =>
  read(...chunks)?.statements.map(({ text }) => text);

describe('PostgreSQL traffic of a tunnel', () => {
  it('gives login and statements of one connection after the other', () => {
    const traffic = read(
      startup('dan'),
      query('SELECT 1'),
      message('X', ''),
      startup('dora'),
      query('SELECT 2'),
    );
    expect(traffic?.login).toBe('dan');
    expect(traffic?.statements).toEqual([
      { offset: 1, text: 'SELECT 1', truncated: false, login: 'dan' },
      { offset: 4, text: 'SELECT 2', truncated: false, login: 'dora' },
    ]);
  });

  it('reads prepared statements', () => {
    expect(texts(startup('dan'), message('P', 'name\0SELECT $1\0\0\0'), message('B', '\0\0'))).toEqual([
      'SELECT $1',
    ]);
  });

  it('marks a statement that the gateway cut', () => {
    const sql = `SELECT '${'x'.repeat(9000)}'`;
    const traffic = read(startup('dan'), query(sql).subarray(0, 5000), query('SELECT 2'));
    expect(traffic?.statements.map(({ truncated }) => truncated)).toEqual([true, false]);
    expect(sql.startsWith(traffic?.statements[0]?.text ?? '?')).toBe(true);
  });

  it('skips the request for encryption before a start-up packet', () => {
    const request = Buffer.alloc(8);
    request.writeUInt32BE(8, 0);
    request.writeUInt32BE(80_877_103, 4);
    expect(texts(request, startup('dan'), query('SELECT 1'))).toEqual(['SELECT 1']);
  });

  it('does not take other protocols for statements', () => {
    expect(read(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBeUndefined();
    expect(read(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1]))).toBeUndefined();
    expect(read()).toBeUndefined();
  });

  it('reads the same statements however the bytes were cut', () => {
    const sql = fc.array(
      fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !text.includes('\0')),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(sql, fc.array(fc.nat(200)), (statements, cuts) => {
        const stream = Buffer.concat(statements.map(query));
        const places = [...new Set(cuts.map((cut) => cut % stream.length))].toSorted((a, b) => a - b);
        const chunks = [...places, stream.length].map((end, n) =>
          stream.subarray(n === 0 ? 0 : places[n - 1], end),
        );
        expect(texts(startup('dan'), ...chunks)).toEqual(statements);
      }),
    );
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
        read(startup('dan'), ...chunks.map((chunk) => Buffer.from(chunk)));
        read(...chunks.map((chunk) => Buffer.from(chunk)));
      }),
    );
  });
});

describe('the class of a SQL statement', () => {
  it.each([
    ['SELECT 1', 'read'],
    ['  -- note\n /* x */ update t set a = 1', 'write'],
    ['WITH x AS (SELECT 1) SELECT * FROM x', 'read'],
    ['WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x', 'write'],
    ['DROP TABLE t', 'schema'],
    ['TRUNCATE t', 'schema'],
    ['GRANT ALL ON t TO dan', 'admin'],
    ["COPY t TO '/tmp/x'", 'export'],
    ["COPY t FROM '/tmp/x'", 'write'],
    ['hello', undefined],
  ])('%s is %s', (statement, name) => {
    expect(classifySql(statement)).toBe(name);
  });
});
