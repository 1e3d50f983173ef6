import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AnnexaError } from '../domain/errors.ts';
import type { Visitor } from '../dashboards/routes.ts';
import { refuseForeignOrigin } from './headers.ts';
import type { Principal, Session, SignIn } from './sign-in.ts';

/** Who a request comes from: a browser that signed in, or a program. */
export interface Caller {
  readonly principal: Principal;
  /** Undefined for programs: they hold no cookie that another site could use. */
  readonly session: Session | undefined;
}

export interface AccessOptions {
  readonly signIn: SignIn;
  /** Looks up an Authorization header; undefined when it lets nobody in. */
  readonly bearer: (authorization: string) => Promise<Principal | undefined>;
  /** Set on the instance behind the owner's own socket: everybody who reaches it is this person. */
  readonly operator: Principal | undefined;
}

export interface Access {
  /** Adds the guard to a scope: from here on every request has a caller. */
  guard(scope: FastifyInstance): void;
  /** Who asks; throws UNAUTHENTICATED. For the few routes that are open to everybody in part. */
  readonly identify: (request: FastifyRequest) => Promise<Caller>;
  /** Throws UNAUTHENTICATED outside of a guarded scope. */
  callerOf(request: FastifyRequest): Caller;
  readonly isKnown: (request: FastifyRequest) => boolean;
  readonly visitorOf: (request: FastifyRequest) => Visitor;
  /** The form of a POST whose token is the one of its session; throws FORBIDDEN or MEDIA_TYPE_UNSUPPORTED. */
  readonly formOf: (request: FastifyRequest) => URLSearchParams;
}

export function createAccess(options: AccessOptions): Access {
  const callers = new WeakMap<FastifyRequest, Caller>();

  const identify = async (request: FastifyRequest): Promise<Caller> => {
    if (options.operator !== undefined) return { principal: options.operator, session: undefined };
    const { authorization, cookie } = request.headers;
    if (authorization !== undefined) {
      const principal = await options.bearer(authorization);
      if (principal !== undefined) return { principal, session: undefined };
      throw unauthenticated();
    }
    const session = options.signIn.session(cookie);
    if (session === undefined) throw unauthenticated();
    return { principal: session.principal, session };
  };

  const callerOf = (request: FastifyRequest): Caller => {
    const caller = callers.get(request);
    if (caller === undefined) throw unauthenticated();
    return caller;
  };

  return {
    identify,
    callerOf,
    guard(scope) {
      scope.addHook('onRequest', async (request, reply) => {
        const caller = await identify(request);
        callers.set(request, caller);
        if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeignOrigin(request.headers);
        if (caller.session?.renewed !== undefined) reply.header('set-cookie', caller.session.renewed);
        reply.header('cache-control', 'no-store');
      });
    },
    isKnown: (request) => callers.has(request),
    visitorOf(request) {
      const { principal, session } = callerOf(request);
      return { reader: { name: principal.name, role: principal.role }, csrf: session?.csrf ?? '' };
    },
    formOf(request) {
      const { session } = callerOf(request);
      const form = request.body;
      if (!(form instanceof URLSearchParams))
        throw new AnnexaError('MEDIA_TYPE_UNSUPPORTED', 'only a form can be sent here');
      if (session !== undefined && !options.signIn.isCsrfToken(session, form.get('csrf') ?? '')) {
        throw new AnnexaError('FORBIDDEN', 'the form is not one of this session', {
          where: 'csrf',
          hint: 'Load the page again and send it once more.',
        });
      }
      return form;
    },
  };
}

function unauthenticated(): AnnexaError {
  return new AnnexaError('UNAUTHENTICATED', 'nobody is signed in', {
    hint: 'Open the link that annexa printed at its start, or send a token.',
  });
}
