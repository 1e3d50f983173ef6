import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILDING, createFixture, PACKET, type Fixture } from '../dashboards/fixture.ts';
import { openChromium } from './chromium.ts';

const SHOTS = new URL('../../test-artefacts/pages/', import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AXE_RUN = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ' ' + nodes.slice(0, 2).map((node) => node.target.join(' ') + ': ' + node.failureSummary).join(' | ')))`;
const SESSION = '/sessions/e5befba8-4f35-4b26-9f35-6f2b81a0c005';

const PAGES: Readonly<Record<string, string>> = {
  overview: '/',
  controls: '/controls',
  control: '/controls/A.5.18',
  'control-without-tests': '/controls/A.5.1',
  test: '/tests/A.5.18-T1',
  exceptions: '/exceptions',
  sessions: '/sessions',
  'sessions-empty': '/sessions?text=nothing&outcome=ok',
  session: SESSION,
  approvals: '/approvals',
  policies: '/policies',
  people: '/people',
  packets: '/packets',
  'packet-new': '/packets/new',
  packet: `/packets/${PACKET}`,
  'packet-building': `/packets/${BUILDING}`,
  'packet-failed': '/packets/f0f0f0f0f0f0f0f0',
  sources: '/sources',
  log: '/log?look=44131',
  settings: '/settings',
  period: '/period',
  problem: '/controls/A.99',
};

const browser: Browser | undefined = await openChromium();
const wanted = browser === undefined ? describe.skip : describe;

wanted('pages in a browser', () => {
  let fixture: Fixture;
  let address: string;

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    fixture = createFixture();
    address = await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    // Six months of history are evaluated in the background by the first visit.
    await fixture.app.inject({ url: '/', headers: { cookie: fixture.cookie() } });
    const page = await (await openContext('light', 1440)).newPage();
    await page.goto(`${address}/packets/${PACKET}`);
    await page.click('text=Verify now');
    await page.goto(`${address}/log`);
    await page.click('text=Verify now');
    await page.context().close();
  });
  afterAll(async () => {
    await browser?.close();
    await fixture.app.close();
  });

  const openContext = async (
    theme: 'light' | 'dark',
    width: number,
    script = true,
  ): Promise<BrowserContext> => {
    const context = await browser!.newContext({
      colorScheme: theme,
      viewport: { width, height: 900 },
      javaScriptEnabled: script,
      reducedMotion: 'reduce',
    });
    const [name, value] = fixture.cookie().split('=');
    await context.addCookies([
      { name: name!, value: value!, url: address, sameSite: 'Strict', httpOnly: true },
    ]);
    return context;
  };

  const open = async (
    context: BrowserContext,
    path: string,
  ): Promise<{ page: Page; complaints: string[] }> => {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${address}${path}`);
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    return { page, complaints };
  };

  const overflow = async (page: Page): Promise<number> =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      it(`has nothing for axe to find, in ${theme} at ${width} px`, async () => {
        const context = await openContext(theme, width);
        const found: string[] = [];
        for (const [name, path] of Object.entries(PAGES)) {
          const { page, complaints } = await open(context, path);
          await page.screenshot({ path: `${SHOTS}${name}-${width}-${theme}.png`, fullPage: true });
          // axe is put in by the debugger: the page's own policy lets no inline script run.
          await page.evaluate(AXE);
          const violations = await page.evaluate<string[]>(AXE_RUN);
          found.push(...violations.map((text) => `${name}: ${text}`));
          const expected = name === 'problem' ? 1 : 0;
          if (complaints.length !== expected) found.push(`${name}: ${complaints.join('; ')}`);
          if ((await overflow(page)) > 0) found.push(`${name}: scrolls sideways`);
          await page.close();
        }
        await context.close();
        expect(found).toEqual([]);
      });
    }
  }

  it('reflows at 320 px without scrolling sideways', async () => {
    const context = await openContext('light', 320);
    const wide: string[] = [];
    for (const [name, path] of Object.entries(PAGES)) {
      const { page } = await open(context, path);
      const by = await overflow(page);
      if (by > 0) wide.push(`${name} by ${by} px`);
      await page.close();
    }
    await context.close();
    expect(wide).toEqual([]);
  });

  it('signs in, builds a packet and reads it without any script', async () => {
    const context = await browser!.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${address}/`);
    expect(page.url()).toBe(`${address}/sign-in`);
    await page.screenshot({ path: `${SHOTS}sign-in-1280-light.png` });
    await page.fill('#code', fixture.signIn.issueCode({ name: 'Ines Roth', role: 'compliance' }));
    await page.click('text=Continue with the code');
    expect(page.url()).toBe(`${address}/`);
    await page.click('text=Build packet');
    await page.click('button:text("Build packet")');
    expect(page.url()).toContain('/packets/started-0');
    expect(await page.locator('h1').textContent()).toContain('Building: 0 of 9 steps done');
    await page.click('text=Sign out');
    expect(page.url()).toBe(`${address}/sign-in`);
    await context.close();
  });

  it('draws progress live and keeps one tab stop in the heat map', async () => {
    const context = await openContext('light', 1440);
    const { page } = await open(context, `/packets/${BUILDING}`);
    await page.locator('[data-status]', { hasText: 'now: Sign' }).waitFor({ state: 'attached' });
    await page.goto(`${address}/`);
    expect(await page.locator('.cell[tabindex="0"]').count()).toBe(1);
    await page.locator('.cell[tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('5.2');
    await page.keyboard.press('End');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('8.34');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL('**/sessions?**');
    await page.keyboard.press('j');
    expect(await page.evaluate("document.activeElement.closest('tr').className")).toBe('here');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('find');
    await context.close();
  });

  it('shows the first steps of an empty installation, readable to axe', async () => {
    const empty = createFixture({
      storeChanges: {
        activity: [{ sessions: 0, approvals: 0, commands: 0, observed: 0 }],
        'activity-span': [{ first: null, last: null }],
      },
    });
    const url = await empty.app.listen({ host: '127.0.0.1', port: 0 });
    const context = await browser!.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(
      `${url}/sign-in?code=${empty.signIn.issueCode({ name: 'Ines Roth', role: 'compliance' })}`,
    );
    await page.evaluate(AXE);
    expect(await page.evaluate<string[]>(AXE_RUN)).toEqual([]);
    await page.screenshot({ path: `${SHOTS}first-run-1440-light.png`, fullPage: true });
    await context.close();
    await empty.app.close();
  });

  it('keeps the theme that was chosen', async () => {
    const context = await openContext('light', 1440);
    const { page } = await open(context, '/settings');
    await page.check('input[value="dark"]');
    await page.click('text=Save settings');
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(13, 15, 18)');
    await context.close();
  });

  it('prints light, without navigation, every disclosure open', async () => {
    const context = await openContext('dark', 1440);
    const { page } = await open(context, '/controls/A.5.18');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.side').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(247, 248, 249)');
    await page.pdf({ path: `${SHOTS}control.pdf`, format: 'A4' });
    await context.close();
  });
});
