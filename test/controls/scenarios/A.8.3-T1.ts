import { on, type Source } from '../arrange.ts';
import { block, type Scenario } from './scenario.ts';

const run = (g: Source, name: string, statement: string | undefined) =>
  g.command(name, on('10 09:00'), { statement });

export const scenarios: readonly Scenario[] = [
  {
    name: 'words in any case, patterns, and operations as the first keyword',
    events: (g) => [
      g.policy(on('1 00:00'), {
        blocking: [
          block(g, { words: ['drop table'], patterns: ['(?i)card_no\\s*=', 'a.b'], operations: ['DELETE'] }),
        ],
      }),
      run(g, 'fine', "SELECT name FROM orders WHERE note LIKE '%delete%'"),
      run(g, 'word', 'select 1; Drop Table x'),
      run(g, 'pattern', 'SELECT * FROM cards WHERE CARD_NO = 1'),
      run(g, 'line', 'SELECT a\nb'),
      run(g, 'operation', '  -- tidy\n /* up */ delete from x'),
    ],
    expect: [
      'session/fine',
      'session/word blocked-statement-ran',
      'session/pattern blocked-statement-ran',
      'session/line',
      'session/operation blocked-statement-ran',
    ],
  },
  {
    name: 'case counts where the rule says so',
    events: (g) => [
      g.policy(on('1 00:00'), { blocking: [block(g, { words: ['DROP'], caseSensitive: true })] }),
      run(g, 'small', 'drop table x'),
      run(g, 'capital', 'DROP table x'),
    ],
    expect: ['session/small', 'session/capital blocked-statement-ran'],
  },
  {
    name: 'what cannot be applied again is excluded, but a match is a match',
    events: (g) => [
      g.policy(on('1 00:00'), {
        blocking: [block(g, { words: ['DROP'] }), block(g, { rule: 'cards', entities: ['CREDIT_CARD'] })],
      }),
      run(g, 'opaque', 'SELECT 1'),
      run(g, 'match', 'DROP x'),
      run(g, 'gone', undefined),
    ],
    expect: [
      'session/opaque excluded not re-performable',
      'session/match blocked-statement-ran',
      'session/gone excluded not re-performable',
    ],
  },
  {
    name: 'a pattern that does not compile, and a cut statement',
    events: (g) => [
      g.policy(on('1 00:00'), { blocking: [block(g, { patterns: ['a(', 'x'] })] }),
      run(g, 'pattern', 'SELECT 1'),
      run(g, 'other', 'SELECT x'),
      g.policy(on('11 00:00'), { blocking: [block(g, { words: ['DROP'] })] }),
      g.command('cut', on('12 00:00'), { statement: 'SELECT', statementTruncated: true }),
    ],
    expect: [
      'session/pattern excluded not re-performable',
      'session/other blocked-statement-ran',
      'session/cut excluded not re-performable',
    ],
    parameters: { badPatterns: ['a('] },
  },
  {
    name: 'a statement too large to stand beside its entry',
    events: (g) => [
      g.policy(on('1 00:00'), { blocking: [block(g, { words: ['DROP'] })] }),
      run(g, 'bad', `SELECT '${'é'.repeat(9000)}'; DROP "x"`),
      run(g, 'fine', `SELECT '${'z'.repeat(9000)}'`),
    ],
    expect: ['session/bad blocked-statement-ran', 'session/fine'],
  },
  {
    name: 'the rule changed around the command',
    events: (g) => [
      g.policy(on('1 00:00'), { blocking: [block(g, { words: ['DROP'] })] }),
      g.policy(on('10 10:00'), { blocking: [block(g, { words: ['TRUNCATE'] })] }, on('10 08:00')),
      run(g, 'a', 'DROP x'),
      run(g, 'b', 'SELECT 1'),
    ],
    expect: ['session/a excluded policy-uncertain', 'session/b'],
  },
  {
    name: 'before the first snapshot nothing is known',
    events: (g) => [
      g.policy(on('20 00:00'), { blocking: [block(g, { words: ['DROP'] })] }),
      run(g, 'a', 'DROP x'),
    ],
    expect: ['session/a excluded policy-unknown'],
  },
  {
    name: 'rules of another source, target, direction or action, and what was blocked, are outside',
    events: (g) => [
      g.policy(on('1 00:00'), {
        blocking: [
          block(g, { words: ['DROP'], resources: ['other'] }),
          block(g, { words: ['DROP'], direction: 'output' }),
          block(g, { words: ['DROP'], action: 'warn' }),
        ],
      }),
      run(g, 'a', 'DROP x'),
      g.event('command.blocked', {
        time: on('10 09:00'),
        subject: `session/${g.id('b')}`,
        data: { session: g.id('b'), seq: 1, resource: 'other', rule: 'no-ddl', statement: 'DROP x' },
      }),
    ],
    expect: [],
  },
];
