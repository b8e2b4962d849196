/** The values of a request that every page with forms needs. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';

export interface FormFrame {
  readonly csrfToken: string;
  /** The page's own address, a path with its query: a change of language leads back to it. */
  readonly here: string;
  readonly signedIn: { readonly displayName: string } | undefined;
}

/** For routes within `recogniseUsers`. The answer to a form has no address of its own: its route passes the address of the form's page. */
export function formFrameOf(request: FastifyRequest, reply: FastifyReply): FormFrame {
  const { method, url, signedIn } = request;
  return {
    csrfToken: reply.generateCsrf(),
    here: method === 'GET' ? url : '/',
    signedIn: signedIn && { displayName: signedIn.displayName },
  };
}

/** The hidden field for every form that posts. */
export function csrfField({ csrfToken }: Pick<FormFrame, 'csrfToken'>): string {
  return html`<input type="hidden" name="_csrf" value="${csrfToken}">`;
}
