import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AnnexaError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { Drawing, Look, LogFoot } from './draw.ts';
import { createLink } from './links.ts';
import { approvalsPage } from './pages/approvals.ts';
import { controlPage, controlsPage } from './pages/controls.ts';
import { exceptionsPage } from './pages/exceptions.ts';
import { logPage } from './pages/log.ts';
import { overviewPage } from './pages/overview.ts';
import { newPacketPage, packetsPage, parsePacketForm } from './pages/packets.ts';
import { packetPage } from './pages/packet.ts';
import { peoplePage } from './pages/people.ts';
import { policiesPage } from './pages/policies.ts';
import { sessionPage } from './pages/session.ts';
import { sessionsPage } from './pages/sessions.ts';
import { periodPage, settingsPage } from './pages/small.ts';
import { sourcesPage } from './pages/sources.ts';
import { testPage } from './pages/test.ts';
import type { Desk, Page, PageView, Reader, Visit } from './page.ts';
import { choosePeriod } from './period.ts';

/** A signed-in visitor, as the HTTP layer knows them. */
export interface Visitor {
  readonly reader: Reader;
  readonly csrf: string;
}

export interface PageRoutesOptions {
  readonly desk: Desk;
  readonly drawing: Drawing;
  /** Throws UNAUTHENTICATED when nobody is signed in. */
  readonly visitorOf: (request: FastifyRequest) => Visitor;
  /** Whether anybody is signed in: a request can fail before that is known. */
  readonly isKnown: (request: FastifyRequest) => boolean;
  readonly lookOf: (request: FastifyRequest) => Look;
  /** The form of a POST, after its token was checked; throws FORBIDDEN otherwise. */
  readonly formOf: (request: FastifyRequest) => URLSearchParams;
  readonly onFailure: (error: unknown) => void;
  /** Answers requests that failed before anybody was known to be signed in. */
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, error: unknown) => Promise<FastifyReply>;
}

const MAX_VERIFICATIONS = 50;
const COOKIE_YEAR = 31_536_000;

type ById = (desk: Desk, visit: Visit, id: string) => Promise<PageView>;

/** Adds every page. Errors are drawn as pages too, inside the frame. */
export function addPages(app: FastifyInstance, options: PageRoutesOptions): void {
  const { desk } = options;
  const pages = createPageServer(options);
  app.setErrorHandler(async (error, request, reply) => pages.fail(request, reply, error));
  const lists: Readonly<Record<string, Page>> = {
    '/': overviewPage,
    '/controls': controlsPage,
    '/exceptions': exceptionsPage,
    '/sessions': sessionsPage,
    '/approvals': approvalsPage,
    '/policies': policiesPage,
    '/people': peoplePage,
    '/packets': packetsPage,
    '/sources': sourcesPage,
    '/log': logPage,
    '/packets/new': newPacketPage,
    '/period': async (_desk, visit) => periodPage(visit),
  };
  for (const [path, page] of Object.entries(lists)) {
    app.get(path, async (request, reply) => pages.send(request, reply, async (visit) => page(desk, visit)));
  }
  const details: Readonly<Record<string, ById>> = {
    '/controls/:id': controlPage,
    '/tests/:id': testPage,
    '/sessions/:id': sessionPage,
    '/packets/:id': packetPage,
  };
  for (const [path, page] of Object.entries(details)) {
    app.get<{ Params: { id: string } }>(path, async (request, reply) =>
      pages.send(request, reply, async (visit) => page(desk, visit, request.params.id)),
    );
  }
  app.get('/settings', async (request, reply) =>
    pages.send(request, reply, async (visit) => settingsPage(visit, options.lookOf(request))),
  );
  addActs(app, options, pages);
}

/** The few forms that change something. Each answers with a redirect to a page that shows the result. */
function addActs(app: FastifyInstance, options: PageRoutesOptions, pages: PageServer): void {
  const { desk } = options;
  app.post('/packets', async (request, reply) => {
    const form = options.formOf(request);
    const { request: wanted, problems } = parsePacketForm(form, options.visitorOf(request).reader.name);
    if (wanted !== undefined) {
      const id = await desk.packets.start(wanted);
      return reply.redirect(`/packets/${encodeURIComponent(id)}`, 303);
    }
    return pages.send(request, reply, async (visit) => {
      const query = new URLSearchParams([...form].filter(([name]) => name !== 'csrf'));
      query.set('sent', 'yes');
      return newPacketPage(desk, { ...visit, query }, problems);
    });
  });
  app.post<{ Params: { id: string } }>('/packets/:id/verify', async (request, reply) => {
    options.formOf(request);
    const { id } = request.params;
    const check = await desk.packets.verify(id);
    const oldest = desk.memory.packets.keys().next();
    if (desk.memory.packets.size >= MAX_VERIFICATIONS && oldest.done !== true)
      desk.memory.packets.delete(oldest.value);
    desk.memory.packets.set(id, check);
    return reply.redirect(`/packets/${encodeURIComponent(id)}#verify`, 303);
  });
  app.post('/log/verify', async (request, reply) => {
    options.formOf(request);
    desk.memory.log = await desk.verifyLog();
    return reply.redirect('/log', 303);
  });
  app.post('/settings', async (request, reply) => {
    const form = options.formOf(request);
    const theme = ['light', 'dark'].find((name) => name === form.get('theme')) ?? '';
    const keep = `Path=/; Max-Age=${COOKIE_YEAR}; SameSite=Strict; HttpOnly`;
    reply.header('set-cookie', [
      `annexa-theme=${theme}; ${keep}`,
      `annexa-keys=${form.get('keys') === 'on' ? 'on' : 'off'}; ${keep}`,
    ]);
    return reply.redirect('/settings', 303);
  });
}

interface PageServer {
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    page: (visit: Visit) => Promise<PageView>,
  ): Promise<FastifyReply>;
  fail(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<FastifyReply>;
}

function createPageServer(options: PageRoutesOptions): PageServer {
  const { desk, drawing } = options;
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    answered: { view: PageView; visit: Visit },
  ): Promise<FastifyReply> => {
    const { view, visit } = answered;
    const known = desk.shelf.known(visit.period);
    const log = await readLogFoot(desk).catch((error: unknown) => {
      options.onFailure(error);
      return null;
    });
    const counts = {
      controls: known?.controls.length,
      exceptions: known?.controls
        .flatMap((control) => control.tests)
        .reduce((sum, test) => sum + test.exceptions, 0),
    };
    const text = drawing.page(view, visit, { look: options.lookOf(request), log, counts });
    return reply
      .code(view.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(text);
  };
  const visitOf = async (request: FastifyRequest): Promise<Visit> => {
    const { path, query } = addressOf(request);
    const period = choosePeriod(query, await fallbackMonth(desk));
    const { reader, csrf } = options.visitorOf(request);
    return { path, query, period, link: createLink(period), reader, csrf };
  };
  return {
    async send(request, reply, page) {
      const visit = await visitOf(request);
      return answer(request, reply, { view: await page(visit), visit });
    },
    async fail(request, reply, error) {
      if (!options.isKnown(request)) return options.refuse(request, reply, error);
      const problem = problemPage(error);
      if ((problem.status ?? 500) >= 500) options.onFailure(error);
      const { reader, csrf } = options.visitorOf(request);
      const period = choosePeriod(new URLSearchParams(), desk.clock());
      const visit = {
        path: '/',
        query: new URLSearchParams(),
        period,
        link: createLink({ query: {} }),
        reader,
        csrf,
      };
      return answer(request, reply, { view: problem, visit });
    },
  };
}

function addressOf(request: FastifyRequest): { readonly path: string; readonly query: URLSearchParams } {
  const [path = '/', query = ''] = request.url.split('?');
  return { path, query: new URLSearchParams(query) };
}

/** Without a period in the address: the month in which somebody last used the gateway, else the present one. */
async function fallbackMonth(desk: Desk): Promise<Instant> {
  const { last } = await desk.used();
  return last ?? desk.clock();
}

async function readLogFoot(desk: Desk): Promise<LogFoot> {
  const [checkpoint, rows] = await Promise.all([
    desk.ledger.checkpoint(),
    desk.ask<{ received: Instant }>('last-entry'),
  ]);
  return {
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root).toString('hex'),
    received: rows[0]?.received ?? '',
  };
}

const STATUS: Readonly<Partial<Record<AnnexaError['code'], number>>> = {
  NOT_FOUND: 404,
  USAGE: 400,
  BODY_INVALID: 400,
  CONTROL_UNKNOWN: 400,
  FORBIDDEN: 403,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  STORE_UNAVAILABLE: 503,
  OVERLOADED: 503,
};

function problemPage(error: unknown): PageView {
  const known = error instanceof AnnexaError ? error : libraryError(error);
  const down = known.code === 'STORE_UNAVAILABLE';
  return {
    template: 'problem',
    title: 'Problem',
    section: 'settings',
    crumbs: [{ href: null, text: 'Problem' }],
    hasPeriod: false,
    status: STATUS[known.code] ?? 500,
    model: {
      code: known.code,
      where: known.where ?? '',
      message: sentence(known.message),
      hint: known.hint ?? '',
      works: down ? 'The checkpoint of the log and packets that are already built can still be read.' : '',
    },
  };
}

function libraryError(error: unknown): AnnexaError {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  if (status === 413) return new AnnexaError('BODY_TOO_LARGE', 'the form is too large');
  if (status === 415) return new AnnexaError('MEDIA_TYPE_UNSUPPORTED', 'only a form can be sent here');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new AnnexaError('BODY_INVALID', 'the request cannot be read');
  return new AnnexaError('INTERNAL', 'annexa failed at this page', {
    hint: 'The reason stands in the output of the server.',
  });
}

function sentence(text: string): string {
  const capital = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
