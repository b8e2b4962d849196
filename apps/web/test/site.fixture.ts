/** The smallest website: a sign-in, a start page for signed-in users, and nothing else. On a real PostgreSQL. */
import { randomUUID, scryptSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  buildServer,
  createPasswordCheck,
  createSessionStore,
  createSignInThrottle,
  csrfField,
  formFrameOf,
  healthRoutes,
  isRecognised,
  languageRoutes,
  PASSWORD_CHECK_LIMITS,
  type PasswordCheckLimits,
  readLanguageWishes,
  recogniseUsers,
  type Site,
  sessionCookieName,
  signInRoutes,
} from '../src/index.ts';
import { type Browser, openBrowser } from '../src/testing/index.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
export const USER = { username: 'avery', password: 'right' } as const;
export const SITE: Site = { name: 'site', userTable: 'site_user', userIdColumn: 'user_id' };
/** The errors that its two faulty pages throw. */
export const ERRORS = { fault: 'the disk is gone', temporary: 'the peer is away' } as const;
const USER_ID = randomUUID();

interface SiteChanges {
  readonly pool?: Pool;
  readonly publicUrl?: string;
  readonly passwordChecks?: PasswordCheckLimits;
}

export class SiteFixture {
  now: Date = START;
  /** The lines of the log since the test began. */
  lines: string[] = [];
  database!: Awaited<ReturnType<typeof createThrowawayDatabase>>; // from beforeAll on
  site!: FastifyInstance; // likewise
  readonly #opened: FastifyInstance[] = [];

  later(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }

  async start(): Promise<void> {
    this.database = await createThrowawayDatabase({ migrations: new URL('./migrations/', import.meta.url) });
    await this.database.pool.query("INSERT INTO site_user VALUES ($1, $2, $3, 'Avery')", [
      USER_ID,
      USER.username,
      hashCheaply(USER.password),
    ]);
    this.site = await this.open();
  }

  async reset(): Promise<void> {
    this.now = START;
    this.lines = [];
    await this.database.pool.query('TRUNCATE site_session, site_sign_in_attempt');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#opened.map((site) => site.close()));
    await this.database.close();
  }

  /** Another site on the same database, closed at the end. */
  async open(changes: SiteChanges = {}): Promise<FastifyInstance> {
    const { pool = this.database.pool, publicUrl = 'http://site.localhost:4001', passwordChecks } = changes;
    const clock = () => this.now;
    const app = await buildServer({
      publicUrl,
      networkUrl: 'http://network.localhost:4000',
      trustProxy: false,
      log: { level: 'trace', stream: { write: (line) => void this.lines.push(line) } },
      policy: { trustedTypes: "'none'", payment: false },
      maxBodyBytes: 1024,
      assets: fileURLToPath(new URL('./assets', import.meta.url)),
      buildProblemPage: ({ status }, request, reply) => buildPage(`Problem ${status}`, request, reply),
      isTemporary: ({ message }) => message === ERRORS.temporary,
    });
    const findCredentials = async (username: string) => {
      const { rows } = await pool.query('SELECT user_id, password_hash FROM site_user WHERE username = $1', [username]);
      return rows[0] && { userId: rows[0].user_id, passwordHash: rows[0].password_hash };
    };
    await app.register(async (pages) => {
      await recogniseUsers(pages, { site: SITE, sessions: createSessionStore({ site: SITE, pool, clock }) });
      await pages.register(languageRoutes({ site: SITE, isLanguage: (tag) => tag === 'ja' }));
      await pages.register(
        signInRoutes({
          site: SITE,
          sessions: createSessionStore({ site: SITE, pool, clock }),
          throttle: createSignInThrottle({ site: SITE, pool, clock }),
          passwords: createPasswordCheck(passwordChecks ?? PASSWORD_CHECK_LIMITS),
          findCredentials,
          nextPaths: /^\/inside$/,
          afterSignOut: '/sign-in',
          showForm: (request, reply, { next, refused }) =>
            reply.html(buildPage(refused ? 'Wrong' : 'Sign in', request, reply, { next })),
        }),
      );
      pages.get('/', (request, reply) =>
        request.signedIn ? reply.html(buildPage('Inside', request, reply)) : reply.redirect('/sign-in', 303),
      );
      pages.get('/fault', async () => {
        throw new Error(ERRORS.fault);
      });
      pages.get('/temporary', async () => {
        throw new Error(ERRORS.temporary);
      });
    });
    await app.register(healthRoutes({ pool }));
    this.#opened.push(app);
    return app;
  }

  /** A browser with a session, as the sign-in would have opened it. */
  async signedIn(site: FastifyInstance = this.site): Promise<Browser> {
    const browser = openBrowser(site);
    const sessions = createSessionStore({ site: SITE, pool: this.database.pool, clock: () => this.now });
    browser.cookies.set(sessionCookieName(SITE), await sessions.openSession(USER_ID));
    return browser;
  }
}

/** Started before the tests of a file, reset before each, stopped after them. */
export function useSite(): SiteFixture {
  const fixture = new SiteFixture();
  beforeAll(() => fixture.start());
  beforeEach(() => fixture.reset());
  afterAll(() => fixture.stop());
  return fixture;
}

/** A heading, the language that was chosen, and, where the request came that far, the three forms that every site has. */
function buildPage(
  heading: string,
  request: FastifyRequest,
  reply: FastifyReply,
  { next }: { readonly next?: string | undefined } = {},
): string {
  const { chosen = 'none' } = readLanguageWishes(request, SITE);
  const forms = () => {
    const frame = formFrameOf(request, reply);
    const form = (action: string, fields = '') =>
      html`<form method="post" action="${action}">!${csrfField(frame)}!${fields}</form>`;
    const goOn = next ? html`<input type="hidden" name="next" value="${next}">` : '';
    return html`!${form('/sign-in', goOn)}!${form('/sign-out')}!${form('/language', html`<input type="hidden" name="next" value="${frame.here}">`)}`;
  };
  return html`<html lang="${chosen}"><h1>${heading}</h1>!${isRecognised(request, reply) ? forms() : ''}</html>`;
}

/** A hash of little cost: scrypt takes its time on purpose. */
function hashCheaply(password: string): string {
  const salt = Buffer.alloc(16);
  const key = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  return `scrypt$10$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}
