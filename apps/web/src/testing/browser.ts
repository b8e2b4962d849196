/**
 * A browser for the tests of a website's pages: keeps cookies by the rules of `__Host-`, fills in forms with their hidden fields, and does
 * not follow redirects by itself.
 */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

type Field = readonly [name: string, value: string];
type Headers = Readonly<Record<string, string>>;

/** What the site answered. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface Browser<Page extends Answer = LightMyRequestResponse> {
  readonly cookies: Map<string, string>;
  /** Sent with every request; not sent if undefined. */
  acceptLanguage: string | undefined;
  /** `headers` are those that a script would set. */
  get(path: string, headers?: Headers): Promise<Page>;
  /** Submits the form of `page` that posts to `action`, with its hidden fields and ticked boxes; `undefined` leaves one out. */
  submit(
    page: Answer,
    action: string,
    fields?: Readonly<Record<string, string | undefined>>,
    headers?: Headers,
  ): Promise<Page>;
  /** A text is sent unchanged, as a form unless `headers` give another type. */
  post(
    path: string,
    body: string | Readonly<Record<string, string>> | readonly Field[],
    headers?: Headers,
  ): Promise<Page>;
  /** Signs in from the sign-in page. */
  signIn(username: string, password: string): Promise<Page>;
}

/** A browser of a site in the same process, which need not listen. */
export function openBrowser(site: FastifyInstance, remoteAddress = '192.0.2.1'): Browser {
  return createBrowser(async (request) => {
    const answer = await site.inject({ ...request, remoteAddress });
    return { answer, cookies: answer.cookies as readonly SetCookie[] };
  });
}

/** A browser of a site that listens at `address`. */
export function openHttpBrowser(address: string): Browser<Answer> {
  return createBrowser(async ({ url, method, headers, payload }) => {
    const body = payload === undefined ? {} : { body: payload };
    const response = await fetch(address + url, { method, headers, redirect: 'manual', ...body });
    const answer = {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
    return { answer, cookies: response.headers.getSetCookie().map(readSetCookie) };
  });
}

interface BrowserRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly payload?: string;
  readonly headers: Record<string, string>;
}

function createBrowser<Page extends Answer>(
  exchange: (request: BrowserRequest) => Promise<{ readonly answer: Page; readonly cookies: readonly SetCookie[] }>,
): Browser<Page> {
  const cookies = new Map<string, string>();
  const send = async (request: Omit<BrowserRequest, 'headers'>, headers: Headers = {}) => {
    const { answer, cookies: set } = await exchange({
      ...request,
      headers: {
        ...(browser.acceptLanguage !== undefined && { 'accept-language': browser.acceptLanguage }),
        ...headers,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    });
    for (const { name, value, maxAge, expires } of set) {
      const gone = maxAge === 0 || (expires !== undefined && expires.getTime() === 0);
      if (gone) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  const browser: Browser<Page> = {
    cookies,
    acceptLanguage: undefined,
    get: (url, headers) => send({ method: 'GET', url }, headers),
    post: (url, body, headers) =>
      send(
        {
          method: 'POST',
          url,
          payload: typeof body === 'string' ? body : new URLSearchParams(pairsOf(body)).toString(),
        },
        { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      ),
    submit: (page, action, fields = {}, headers) => {
      const kept = fieldsOf(page.body, action).filter(([name]) => !Object.hasOwn(fields, name));
      const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
      return browser.post(action, [...kept, ...given], headers);
    },
    async signIn(username, password) {
      return browser.submit(await browser.get('/sign-in'), '/sign-in', { username, password });
    },
  };
  return browser;
}

interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAge?: number;
  readonly expires?: Date;
}

function readSetCookie(line: string): SetCookie {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const attribute = (name: string) =>
    attributes.find((part) => part.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const [maxAge, expires] = [attribute('max-age'), attribute('expires')];
  return {
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
    ...(maxAge !== undefined && { maxAge: Number(maxAge) }),
    ...(expires !== undefined && { expires: new Date(expires) }),
  };
}

function pairsOf(fields: Readonly<Record<string, string>> | readonly Field[]): [string, string][] {
  return Symbol.iterator in fields ? [...fields].map(([name, value]) => [name, value]) : Object.entries(fields);
}

export function hiddenFieldsOf(body: string, action: string): Readonly<Record<string, string>> {
  return Object.fromEntries(inputsOf(body, action, /<input type="hidden" name="([^"]*)" value="([^"]*)">/g));
}

/** Hidden fields, and boxes that are ticked in the page. */
function fieldsOf(body: string, action: string): readonly Field[] {
  const ticked = /<input type="checkbox" name="([^"]*)" value="([^"]*)" checked>/g;
  return [...Object.entries(hiddenFieldsOf(body, action)), ...inputsOf(body, action, ticked)];
}

function inputsOf(body: string, action: string, pattern: RegExp): readonly Field[] {
  const forms = [...body.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
  const form = forms.find(([, attributes = '']) => attributes.includes(`action="${action}"`));
  if (form === undefined) throw new Error(`The page has no form that posts to ${action}.`);
  return [...(form[2] ?? '').matchAll(pattern)].map(([, name = '', value = '']) => [name, resolveEntities(value)]);
}

/** The text that a reader sees: without tags, with entities resolved. */
export function textOf(page: Answer): string {
  return resolveEntities(page.body.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ');
}

/** The same text without the direction marks around filled-in values. */
export function plainTextOf(page: Answer): string {
  return textOf(page).replace(/[\u2066-\u2069]/g, '');
}

export function headingOf(page: Answer): string {
  return resolveEntities(/<h1[^>]*>(.*?)<\/h1>/s.exec(page.body)?.[1] ?? '');
}

function resolveEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
