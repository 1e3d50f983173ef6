import { AnnexaError } from '../domain/errors.ts';

/** Everything that a page loads comes from here; nothing inline, nothing framed, nothing sent elsewhere. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sent with every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'x-robots-tag': 'noindex',
};

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Checks the Host of a request against the names that annexa is known by. A page elsewhere whose name was pointed at
 * this address (DNS rebinding) carries its own name, and is refused. Throws FORBIDDEN.
 */
export function createHostCheck(hosts: readonly string[]): (host: string | undefined) => void {
  const known = new Set([...LOOPBACK, ...hosts].map((host) => host.toLowerCase()));
  return (host) => {
    const name = (host ?? '').toLowerCase().replace(/:\d{1,5}$/, '');
    if (known.has(name)) return;
    throw new AnnexaError('FORBIDDEN', 'annexa is not known by the name of this request', {
      where: 'Host',
      hint: 'Open it by its own address, or add the name to the configuration.',
    });
  };
}

/**
 * Refuses a change that another site's page asked for. Browsers say where a request comes from (Fetch Metadata,
 * Origin); programs say nothing and are let through to authentication.
 */
export function refuseForeignOrigin(headers: Readonly<Record<string, string | string[] | undefined>>): void {
  const site = headers['sec-fetch-site'];
  const { origin, host } = headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = typeof origin === 'string' && (origin === 'null' || !isSameHost(origin, host));
  if (foreignSite || foreignOrigin) {
    throw new AnnexaError('FORBIDDEN', 'the request comes from another site', {
      where: 'Origin',
      hint: 'Send it from a page of annexa.',
    });
  }
}

/** Compares as URLs do, so that a default port that one side spells out is no difference. */
function isSameHost(origin: string, host: string | string[] | undefined): boolean {
  if (typeof host !== 'string' || !URL.canParse(origin)) return false;
  const { protocol, host: name } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === name;
}
