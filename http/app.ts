import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { loadAssets, type Assets } from '../dashboards/assets.ts';
import { createDesk } from '../dashboards/desk.ts';
import { createDrawing, type Drawing, type Look } from '../dashboards/draw.ts';
import { choosePeriod } from '../dashboards/period.ts';
import { addPages } from '../dashboards/routes.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Artefact } from '../domain/event.ts';
import type { Evaluate, LedgerReader, PacketDesk, ReadStore, VerifyLog } from '../domain/ports.ts';
import type { Clock } from '../domain/time.ts';
import { createAccess, type Access } from './access.ts';
import { addApi } from './api.ts';
import { parseCookies } from './cookies.ts';
import { PROBLEM_TYPE, problemOf } from './errors.ts';
import { createHostCheck, SECURITY_HEADERS } from './headers.ts';
import { addLogRoutes } from './log-routes.ts';
import { addPacketRoutes } from './packet-routes.ts';
import { addProbes } from './probes.ts';
import type { Reading } from './reading.ts';
import { addRecordings } from './recordings.ts';
import { addSignIn } from './sign-in-routes.ts';
import type { Principal, SignIn } from './sign-in.ts';

/** What the application is made of. Nothing here listens, reads the environment or draws the time by itself. */
export interface AppDeps {
  readonly store: ReadStore;
  readonly evaluate: Evaluate;
  readonly ledger: LedgerReader;
  readonly packets: PacketDesk;
  readonly verifyLog: VerifyLog;
  readonly artefact: (sha256: string) => Promise<Artefact | undefined>;
  /** Writes to the log that evidence was taken out; it is sent only when this resolves. */
  readonly record: (reading: Reading) => Promise<void>;
  readonly clock: Clock;
  readonly signIn: SignIn;
  readonly organisation: string;
  /** Names besides the loopback ones by which annexa may be addressed, without ports. */
  readonly hosts: readonly string[];
  /** Whether checkpoint and hash tiles are readable by everybody. */
  readonly publicLog: boolean;
  /** Receives what went wrong in a request, for the server's own output. */
  readonly onFailure: (error: unknown) => void;
  /** Routes that take events in; they authenticate by themselves. */
  readonly ingest?: FastifyPluginAsync;
  /** Text of a test's SQL, shown beside its result. */
  readonly testSql?: (test: string) => string | undefined;
  /** Whom an Authorization header lets in to read. Absent: nobody. */
  readonly bearer?: (authorization: string) => Promise<Principal | undefined>;
  /** For the instance behind the owner's socket: everybody who reaches it is this person. */
  readonly operator?: Principal;
}

const BODY_BYTES = 65_536;
const MAX_PARAMETER_LENGTH = 600;

/** Puts all routes together. The instance does not listen: the composition root does, or a test injects requests. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    exposeHeadRoutes: true,
  });
  const assets = loadAssets();
  const drawing = createDrawing({ assets, organisation: deps.organisation });
  const access = createAccess({
    signIn: deps.signIn,
    bearer: deps.bearer ?? (async () => undefined),
    operator: deps.operator,
  });

  addFrame(app, deps);
  addProbes(app, deps);
  addAssets(app, assets);
  addSignIn(app, { signIn: deps.signIn, drawing, lookOf });
  if (deps.ingest !== undefined) app.register(deps.ingest);
  addLogRoutes(app, { ledger: deps.ledger, publicHashes: deps.publicLog, mayRead: access.identify });
  app.register(async (scope) => addGuarded(scope, { deps, access, drawing }));
  return app;
}

/** What holds for every request, whoever answers it. */
function addFrame(app: FastifyInstance, deps: AppDeps): void {
  const checkHost = createHostCheck(deps.hosts);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const isProbe = request.url === '/healthz' || request.url === '/readyz' || request.url === '/metrics';
    if (!isProbe) checkHost(request.headers.host);
  });
  app.setErrorHandler(async (error: FastifyError, _request, reply) =>
    sendProblem(reply, error, deps.onFailure),
  );
  app.setNotFoundHandler(async (request, reply) =>
    sendProblem(
      reply,
      new AnnexaError('NOT_FOUND', 'there is nothing at this address', {
        where: request.url.split('?')[0] ?? '',
      }),
      deps.onFailure,
    ),
  );
}

function addGuarded(
  scope: FastifyInstance,
  parts: { readonly deps: AppDeps; readonly access: Access; readonly drawing: Drawing },
): void {
  const { deps, access, drawing } = parts;
  const desk = createDesk(deps);
  // Begins with what the first visitor is going to ask for.
  scope.addHook('onReady', async () => {
    const { last } = await desk.used().catch((error: unknown) => {
      deps.onFailure(error);
      return { last: undefined };
    });
    if (last !== undefined) desk.shelf.known(choosePeriod(new URLSearchParams(), last));
  });
  scope.addHook('onClose', async () => desk.shelf.close());
  scope.register(async (api) => {
    access.guard(api);
    addApi(api, { desk, evaluate: deps.evaluate });
    addPacketRoutes(api, { packets: deps.packets, access, record: deps.record });
    addRecordings(api, { ask: desk.ask, access, artefact: deps.artefact, record: deps.record });
  });
  scope.register(async (pages) => {
    access.guard(pages);
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => {
        done(null, new URLSearchParams(String(body)));
      },
    );
    addPages(pages, {
      desk,
      drawing,
      visitorOf: access.visitorOf,
      isKnown: access.isKnown,
      lookOf,
      formOf: access.formOf,
      onFailure: deps.onFailure,
      refuse: async (request, reply, error) => refuse(request, reply, { error, onFailure: deps.onFailure }),
    });
  });
}

/** Those who are not signed in: a browser is led to the sign-in, a program is told. */
async function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  options: { readonly error: unknown; readonly onFailure: (error: unknown) => void },
): Promise<FastifyReply> {
  const { error, onFailure } = options;
  const isSignIn = error instanceof AnnexaError && error.code === 'UNAUTHENTICATED';
  const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
  if (!isSignIn || !wantsPage) return sendProblem(reply, error, onFailure);
  const back = request.url === '/' ? '' : `?next=${encodeURIComponent(request.url)}`;
  return reply.redirect(`/sign-in${back}`, 303);
}

async function sendProblem(
  reply: FastifyReply,
  error: unknown,
  onFailure: (error: unknown) => void,
): Promise<FastifyReply> {
  const problem = problemOf(error);
  if (problem.status >= 500) onFailure(error);
  if (problem.code === 'OVERLOADED' || problem.code === 'STORE_UNAVAILABLE') reply.header('retry-after', '5');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}

function addAssets(app: FastifyInstance, assets: Assets): void {
  app.get<{ Params: { digest: string; name: string } }>('/assets/:digest/:name', async (request, reply) => {
    const asset = assets.files.get(request.params.name);
    if (asset === undefined || request.params.digest !== assets.digest) {
      throw new AnnexaError('NOT_FOUND', 'there is no such file', { where: request.url });
    }
    const zipped =
      asset.gzip !== undefined && (request.headers['accept-encoding'] ?? '').includes('gzip')
        ? asset.gzip
        : undefined;
    if (zipped !== undefined) reply.header('content-encoding', 'gzip');
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .type(asset.type)
      .send(zipped ?? asset.bytes);
  });
}

function lookOf(request: FastifyRequest): Look {
  const cookies = parseCookies(request.headers.cookie);
  const theme = cookies.get('annexa-theme');
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : '',
    keys: cookies.get('annexa-keys') !== 'off',
  };
}
