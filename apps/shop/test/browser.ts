/** A browser for the shop's pages: keeps cookies as `__Host-` asks, fills in forms with their hidden fields, follows nothing by itself. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

export interface Browser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  /** Sends the form of `page` that posts to `action`, with its hidden fields; `headers` as a script would set them. */
  submit(
    page: LightMyRequestResponse,
    action: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
  post(path: string, payload: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
}

export function openBrowser(shop: FastifyInstance, remoteAddress = '192.0.2.1'): Browser {
  const cookies = new Map<string, string>();
  const send = async (request: {
    method: 'GET' | 'POST';
    url: string;
    payload?: string;
    headers: Readonly<Record<string, string>>;
  }) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await shop.inject({ ...request, remoteAddress, headers: { ...request.headers, cookie } });
    for (const { name, value, maxAge, expires } of answer.cookies as readonly SetCookie[]) {
      const gone = maxAge === 0 || (expires !== undefined && expires.getTime() === 0);
      if (gone) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  const browser: Browser = {
    cookies,
    get: (url, headers = {}) => send({ method: 'GET', url, headers }),
    post: (url, payload, headers = {}) =>
      send({
        method: 'POST',
        url,
        payload,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      }),
    submit: (page, action, fields = {}, headers = {}) =>
      browser.post(
        action,
        new URLSearchParams({ ...hiddenFieldsOf(page.body, action), ...fields }).toString(),
        headers,
      ),
  };
  return browser;
}

interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAge?: number;
  readonly expires?: Date;
}

export function hiddenFieldsOf(body: string, action: string): Readonly<Record<string, string>> {
  const forms = [...body.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
  const form = forms.find(([, attributes = '']) => attributes.includes(`action="${action}"`));
  if (form === undefined) throw new Error(`The page has no form that posts to ${action}.`);
  const inputs = (form[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, resolveEntities(value)]));
}

/** Text as a reader sees it: without tags and direction marks, entities resolved. */
export function textOf(page: LightMyRequestResponse): string {
  const text = page.body.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, ' ');
  return resolveEntities(text)
    .replace(/[\u2066\u2068\u2069]/g, '')
    .replace(/\s+/g, ' ');
}

export function headingOf(page: LightMyRequestResponse): string {
  return resolveEntities(/<h1[^>]*>(.*?)<\/h1>/s.exec(page.body)?.[1] ?? '');
}

function resolveEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
