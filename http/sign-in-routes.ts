import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Drawing, Look } from '../dashboards/draw.ts';
import { safeBack } from '../dashboards/pages/small.ts';
import { AnnexaError } from '../domain/errors.ts';
import { refuseForeignOrigin } from './headers.ts';
import type { SignIn } from './sign-in.ts';

export interface SignInRoutesOptions {
  readonly signIn: SignIn;
  readonly drawing: Drawing;
  readonly lookOf: (request: FastifyRequest) => Look;
}

const PROBLEMS = {
  unknown: 'This code is not valid: it was used already, has expired, or was never given out.',
  limited: 'Too many attempts. Wait a minute and try again.',
} as const;

/** `/sign-in` (a link with a code, or a form for it) and `/sign-out`. */
export function addSignIn(app: FastifyInstance, options: SignInRoutesOptions): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => {
        done(null, new URLSearchParams(String(body)));
      },
    );
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    addRoutes(scope, options);
  });
}

interface Attempt {
  readonly code: string;
  /** Where to go afterwards: a path of our own. */
  readonly next: string;
}

function addRoutes(app: FastifyInstance, { signIn, drawing, lookOf }: SignInRoutesOptions): void {
  const sendForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    model: { readonly problem: string; readonly next: string },
  ): FastifyReply =>
    reply
      .type('text/html; charset=utf-8')
      .send(drawing.alone('sign-in', model, { title: 'Sign in', look: lookOf(request) }));

  const redeem = (request: FastifyRequest, reply: FastifyReply, { code, next }: Attempt): FastifyReply => {
    const result = signIn.redeem(code, request.ip);
    if ('refused' in result) {
      reply.code(result.refused === 'limited' ? 429 : 403);
      if (result.refused === 'limited') reply.header('retry-after', '60');
      return sendForm(request, reply, { problem: PROBLEMS[result.refused], next });
    }
    reply.header('set-cookie', result.cookie);
    // A browser that comes from another site does not send a strict cookie along a redirect: a page of ours stands between.
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      const page = drawing.alone('signed-in', { next }, { title: 'Signed in', look: lookOf(request) });
      return reply.type('text/html; charset=utf-8').send(page);
    }
    return reply.redirect(next, 303);
  };

  app.get<{ Querystring: { code?: unknown; next?: unknown } }>(
    '/sign-in',
    { exposeHeadRoute: false },
    async (request, reply) => {
      const { code } = request.query;
      const next = safeBack(typeof request.query.next === 'string' ? request.query.next : null);
      if (typeof code === 'string' && code !== '') return redeem(request, reply, { code, next });
      return sendForm(request, reply, { problem: '', next });
    },
  );
  app.post('/sign-in', async (request, reply) => {
    refuseForeignOrigin(request.headers);
    const form = formOf(request);
    return redeem(request, reply, { code: form.get('code')?.trim() ?? '', next: safeBack(form.get('next')) });
  });
  app.post('/sign-out', async (request, reply) => {
    refuseForeignOrigin(request.headers);
    const session = signIn.session(request.headers.cookie);
    if (session !== undefined && !signIn.isCsrfToken(session, formOf(request).get('csrf') ?? '')) {
      throw new AnnexaError('FORBIDDEN', 'the form is not one of this session', { where: 'csrf' });
    }
    return reply.header('set-cookie', signIn.signOut(request.headers.cookie)).redirect('/sign-in', 303);
  });
}

function formOf(request: FastifyRequest): URLSearchParams {
  if (request.body instanceof URLSearchParams) return request.body;
  throw new AnnexaError('MEDIA_TYPE_UNSUPPORTED', 'only a form can be sent here');
}
