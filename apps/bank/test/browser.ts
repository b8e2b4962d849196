/** A browser for the bank's pages: keeps cookies as `__Host-` asks, fills in forms with their hidden fields, follows nothing by itself. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

type Field = readonly [name: string, value: string];

export interface Browser {
  readonly cookies: Map<string, string>;
  /** The header that its requests have; none where it is undefined. */
  acceptLanguage: string | undefined;
  get(path: string): Promise<LightMyRequestResponse>;
  /** Sends the form of `page` that posts to `action`, with its hidden fields and ticked boxes; `undefined` leaves one out. */
  submit(
    page: LightMyRequestResponse,
    action: string,
    fields?: Readonly<Record<string, string | undefined>>,
  ): Promise<LightMyRequestResponse>;
  post(path: string, fields: Readonly<Record<string, string>> | readonly Field[]): Promise<LightMyRequestResponse>;
  /** Signs in from the sign-in page. */
  signIn(username: string, password: string): Promise<LightMyRequestResponse>;
}

export function openBrowser(bank: FastifyInstance, remoteAddress = '192.0.2.1'): Browser {
  const cookies = new Map<string, string>();
  const send = async (request: { method: 'GET' | 'POST'; url: string; payload?: string }) => {
    const answer = await bank.inject({
      ...request,
      remoteAddress,
      headers: {
        ...(browser.acceptLanguage !== undefined && { 'accept-language': browser.acceptLanguage }),
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(request.payload !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
    for (const { name, value, maxAge, expires } of answer.cookies as readonly SetCookie[]) {
      const gone = maxAge === 0 || (expires !== undefined && expires.getTime() === 0);
      if (gone) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  const browser: Browser = {
    cookies,
    acceptLanguage: undefined,
    get: (path) => send({ method: 'GET', url: path }),
    post: (path, fields) => {
      const pairs =
        Symbol.iterator in fields
          ? [...fields].map(([name, value]): [string, string] => [name, value])
          : Object.entries(fields);
      return send({ method: 'POST', url: path, payload: new URLSearchParams(pairs).toString() });
    },
    submit: (page, action, fields = {}) => {
      const kept = fieldsOf(page.body, action).filter(([name]) => !Object.hasOwn(fields, name));
      const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
      return browser.post(action, [...kept, ...given]);
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

/** Hidden fields, and boxes that are ticked as the page comes. */
function fieldsOf(body: string, action: string): readonly Field[] {
  const forms = [...body.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
  const form = forms.find(([, attributes = '']) => attributes.includes(`action="${action}"`));
  if (form === undefined) throw new Error(`The page has no form that posts to ${action}.`);
  const inputs = (form[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  const ticked = (form[2] ?? '').matchAll(/<input type="checkbox" name="([^"]*)" value="([^"]*)" checked>/g);
  return [...inputs, ...ticked].map(([, name = '', value = '']) => [name, resolveEntities(value)] as const);
}

/** Text as a reader sees it: without tags, entities resolved. */
export function textOf(page: LightMyRequestResponse): string {
  return resolveEntities(page.body.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ');
}

export function headingOf(page: LightMyRequestResponse): string {
  return resolveEntities(/<h1[^>]*>(.*?)<\/h1>/s.exec(page.body)?.[1] ?? '');
}

function resolveEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
