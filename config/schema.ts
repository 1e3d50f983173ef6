import { Type, type Static } from 'typebox';
import { limitDefinitions, type LimitName } from '../domain/limits.ts';

const Secret = (description: string) =>
  Type.String({ description: `${description} A literal, env:NAME or file:PATH.`, minLength: 1 });
const Duration = (description: string, fallback: string) =>
  Type.String({ description, default: fallback, pattern: '^\\d+(ms|s|m|h|d|mo|y)?$' });
const strict = { additionalProperties: false } as const;

const SourceName = Type.String({
  description: 'Name of the source; part of every event id, so never change it.',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
});

const HoopSource = Type.Object(
  {
    name: SourceName,
    kind: Type.Literal('hoop'),
    url: Type.String({ description: 'Base URL of the gateway, without /api.', pattern: '^https?://' }),
    token: Secret('API key of a user in the auditor group.'),
    every: Type.Optional(Duration('Time between two polls.', '1m')),
    since: Type.Optional(
      Type.String({ description: 'Start of the back-fill, RFC 3339.', default: 'now - 24h' }),
    ),
  },
  strict,
);

const InspectSource = Type.Object(
  {
    name: SourceName,
    kind: Type.Literal('hoop-inspect'),
    file: Type.String({ description: 'The JSON lines file that the relay appends to.' }),
    config: Type.Optional(
      Type.String({ description: "The relay's own configuration; its rules become a policy snapshot." }),
    ),
    resources: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Listener or connection name → resource name.',
      }),
    ),
    every: Type.Optional(Duration('Time between two reads.', '10s')),
  },
  strict,
);

const ServerEngine = Type.Object(
  {
    url: Type.String({ description: 'HTTP(S) address of the ClickHouse server.', pattern: '^https?://' }),
    database: Type.Optional(Type.String({ default: 'annexa', pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' })),
    user: Type.Optional(Type.String({ default: 'default' })),
    password: Type.Optional(Secret('Password of the ClickHouse user.')),
  },
  strict,
);

const limitNames = Object.keys(limitDefinitions).filter((name): name is LimitName =>
  Object.hasOwn(limitDefinitions, name),
);

/** Everything that annexa.yaml may hold. Published as JSON Schema by `annexa config schema`. */
export const ConfigSchema = Type.Object(
  {
    data: Type.Optional(
      Type.String({
        description: 'Directory of the embedded store, log, keys and packets.',
        default: './data',
      }),
    ),
    listen: Type.Optional(
      Type.String({
        description: 'Address of the web server.',
        default: '127.0.0.1:8080',
        pattern: '^.+:\\d{1,5}$',
      }),
    ),
    hosts: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Host names under which browsers reach the server, besides loopback.',
        default: [],
      }),
    ),
    origin: Type.Optional(
      Type.String({
        description: 'Name of the log; never change it.',
        default: 'annexa.local/default/main',
        pattern: '^[^\\s+]{1,255}$',
      }),
    ),
    organisation: Type.Optional(
      Type.String({ description: 'Printed on packets.', default: 'Organisation not named', maxLength: 200 }),
    ),
    clickhouse: Type.Optional(
      Type.Union([Type.Literal('embedded'), ServerEngine], {
        description: 'The embedded engine, or a server.',
        default: 'embedded',
      }),
    ),
    sources: Type.Optional(
      Type.Array(Type.Union([HoopSource, InspectSource]), { maxItems: 64, default: [] }),
    ),
    controls: Type.Optional(
      Type.Object(
        {
          limits: Type.Optional(
            Type.Object(
              Object.fromEntries(
                limitNames.map((name) => [
                  name,
                  Type.Optional(Type.String({ description: limitDefinitions[name].meaning })),
                ]),
              ),
              strict,
            ),
          ),
          tags: Type.Optional(
            Type.Object(
              {
                environment: Type.Optional(
                  Type.String({
                    description: 'Name of the tag that holds the environment.',
                    default: 'environment',
                  }),
                ),
                production: Type.Optional(
                  Type.Array(Type.String(), {
                    description: 'Values of that tag that mean production.',
                    default: ['prod', 'production'],
                  }),
                ),
                sensitive: Type.Optional(
                  Type.Array(Type.String(), {
                    description: 'Tag values that mean sensitive data.',
                    default: ['pii', 'confidential'],
                  }),
                ),
                privileged: Type.Optional(
                  Type.Array(Type.String(), {
                    description: 'Roles or tag values that mean privileged access.',
                    default: ['admin', 'root', 'superuser'],
                  }),
                ),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          bodyBytes: Type.Optional(
            Type.String({
              description: 'Largest request body, before and after inflating.',
              default: '16MiB',
              pattern: '^\\d+(B|KiB|MiB)$',
            }),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type ConfigFile = Static<typeof ConfigSchema>;
