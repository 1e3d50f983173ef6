import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { addMillis, toMillis, type Clock, type Instant } from '../domain/time.ts';
import { answerAudit } from './gateway/audit-log.ts';
import { answerList, answerSession } from './gateway/sessions.ts';
import { readRecording, type Step } from './gateway/recording.ts';
import type { Answer } from './gateway/answer.ts';

/** What a fault does to the next requests whose path matches. */
export interface Fault {
  /**
   * `error` answers 500; `unauthorised` 401; `truncated` cuts the JSON; `html` answers a web page with status 200;
   * `hang-up` closes the connection unanswered; `shift` hides the newest `times - 1` rows from the first list it hits
   * and one row fewer from each later one, as where sessions arrive while pages are read; `reorder` reverses the
   * review groups.
   */
  readonly kind: 'error' | 'unauthorised' | 'truncated' | 'html' | 'hang-up' | 'shift' | 'reorder';
  /** How many requests it hits. */
  readonly times: number;
  readonly path?: RegExp;
}

export interface RecordedGateway {
  listen(): Promise<{ readonly url: string }>;
  /** The step of the recording whose rows are served: 1 … 22. */
  readonly step: number;
  /** Goes to the next step; false at the last one. */
  advance(): boolean;
  /** Recorded time of the last answer; the start of the step before its first one. Never goes back. */
  readonly clock: Clock;
  /** Length that the relay's audit file had at this step. */
  inspectBytes(): number;
  inject(fault: Fault): void;
  /** Path and query of every request so far. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A fault that was taken, and how many more times it will be. */
interface Hit {
  readonly kind: Fault['kind'];
  readonly left: number;
}

interface Moment {
  readonly now: Instant;
  readonly hit: Hit | undefined;
}

/** The one token that the recorded gateway takes. It protects nothing. */
export const recordedToken = 'recorded-gateway';

const ADMIN_ONLY = /^\/api\/(api-keys|ai-agents|rulepacks|server-logs|orgs)(\/|$)/;
/** A collector reads more often than the recording did; each answer moves the recorded time at least this far. */
const ANSWER_MS = 0.001;

/**
 * Serves a recorded run of a gateway step by step over HTTP on loopback. It filters, sorts, pages and refuses over
 * the rows of a step as the gateway itself does, so that a collector may ask what the recording never asked.
 * Throws FILE_UNREADABLE when `directory` holds no recording.
 */
export function createRecordedGateway(options: { readonly directory: string }): RecordedGateway {
  const steps = readRecording(options.directory);
  const server = Fastify({ logger: false, forceCloseConnections: true });
  const faults: { fault: Fault; left: number }[] = [];
  const requests: string[] = [];
  let at = 0;
  let now = stepAt(steps, 0).startedAt;

  const takeFault = (path: string): Hit | undefined => {
    const found = faults.find((entry) => entry.left > 0 && (entry.fault.path?.test(path) ?? true));
    if (found === undefined) return undefined;
    found.left -= 1;
    return { kind: found.fault.kind, left: found.left };
  };

  server.get('/*', async (request, reply) => {
    requests.push(request.url);
    const hit = takeFault(request.url);
    const step = stepAt(steps, at);
    const answer = hit?.kind === 'unauthorised' ? refuse(401) : route(step, request, { now, hit });
    if (answer.at !== undefined && answer.at > now) now = answer.at;
    else now = addMillis(now, ANSWER_MS);
    return send(reply, answer, { now, hit });
  });

  return {
    async listen() {
      await server.listen({ host: '127.0.0.1', port: 0 });
      return { url: addressOf(server) };
    },
    get step() {
      return stepAt(steps, at).step;
    },
    advance() {
      if (at + 1 >= steps.length) return false;
      at += 1;
      const start = stepAt(steps, at).startedAt;
      if (start > now) now = start;
      return true;
    },
    clock: () => now,
    inspectBytes: () => stepAt(steps, at).inspectBytes,
    inject: (fault) => void faults.push({ fault, left: fault.times }),
    requests,
    close: () => server.close(),
  };
}

function route(step: Step, request: FastifyRequest, { now, hit }: Moment): Answer {
  if (request.headers.authorization !== `Bearer ${recordedToken}`) return refuse(401);
  const url = new URL(request.url, 'http://gateway');
  const path = url.pathname.replace(/\/$/, '');
  if (ADMIN_ONLY.test(path)) return refuse(403);
  if (path === '/api/sessions' || path === '/api/plugins/audit/sessions') {
    return answerList(step, url.searchParams, { now, hidden: hit?.kind === 'shift' ? hit.left : 0 });
  }
  if (path.startsWith('/api/sessions/')) {
    return answerSession(step, path.slice('/api/sessions/'.length), {
      expand: url.searchParams.get('expand'),
      reorder: hit?.kind === 'reorder',
    });
  }
  if (path === '/api/audit/logs') return answerAudit(step, url.searchParams);
  return step.answers.get(path) ?? answerMember(step, path) ?? refuse(404);
}

/** `GET /connections/{name}` and `GET /users/{id}` out of their lists. */
function answerMember(step: Step, path: string): Answer | undefined {
  const [, list, name] = /^(\/api\/(?:connections|users))\/([^/]+)$/.exec(path) ?? [];
  const answer = list === undefined ? undefined : step.answers.get(list);
  if (answer === undefined || name === undefined) return undefined;
  const rows = Array.isArray(answer.body) ? answer.body : (answer.body as { data: unknown[] }).data;
  const wanted = decodeURIComponent(name);
  const row = rows.find((entry) => {
    const { name, id } = entry as { name?: unknown; id?: unknown };
    return name === wanted || id === wanted;
  });
  return row === undefined
    ? undefined
    : { status: 200, body: row, ...(answer.at === undefined ? {} : { at: answer.at }) };
}

async function send(reply: FastifyReply, answer: Answer, { now, hit }: Moment): Promise<FastifyReply> {
  void reply.header('date', new Date(Math.floor(toMillis(now))).toUTCString());
  if (hit?.kind === 'hang-up') {
    reply.hijack();
    reply.request.raw.socket.destroy();
    return reply;
  }
  if (hit?.kind === 'error') return reply.code(500).send({ message: 'internal error' });
  if (hit?.kind === 'html') return reply.type('text/html').send('<html><body>Please sign in</body></html>');
  const text = JSON.stringify(answer.body);
  const cut = hit?.kind === 'truncated' ? text.slice(0, Math.floor(text.length / 2)) : text;
  return reply.code(answer.status).type('application/json; charset=utf-8').send(cut);
}

function refuse(status: 401 | 403 | 404): Answer {
  const message = { 401: 'unauthorized', 403: 'forbidden', 404: 'not found' }[status];
  return { status, body: { message } };
}

function stepAt(steps: readonly Step[], index: number): Step {
  const step = steps[index];
  if (step === undefined) throw new TypeError(`the recording has no step ${index + 1}`);
  return step;
}

function addressOf(server: FastifyInstance): string {
  const address = server.server.address();
  if (address === null || typeof address === 'string')
    throw new TypeError('the recorded gateway is not listening');
  return `http://127.0.0.1:${address.port}`;
}
