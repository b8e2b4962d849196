/** One request: a line that opens to what was wrong, the base strings or the claims, the shape of the body, and its ids. */
import type { RecordedClaim, RecordedError, RecordedMember, RecordedRequest } from '@payment-passkeys/protocol/sandbox';
import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { sessionAddress } from '../../addresses.ts';
import { formatDuration } from '../../language.ts';
import { copyButton, id } from '../../parts/id.ts';
import { type MarkKind, mark } from '../../parts/mark.ts';
import { facts, table } from '../../parts/table.ts';
import { clock, exactly } from '../../parts/time.ts';
import type { ScreenContext } from '../../screen.ts';
import { say, sayCount } from './texts.ts';

export function requestView(request: RecordedRequest, me: ScreenContext['me']): TemplateResult {
  const { method, path, receivedAt, errors } = request;
  const [first] = errors;
  return html`<details class="entry request">
    <summary>
      <span class="what"><code><b>${method}</b> ${path}</code></span>
      <span class="answer">${mark(kindOf(request), statusWords(request))} ${first === undefined ? nothing : html`<code class="subject">${first.code}</code>`}</span>
      <span class="soft">${clock(receivedAt)}</span>
    </summary>
    <div class="entry-body">
      ${errorSection(request)} ${baseStringSection(request)} ${claimSection(request)} ${unknownFieldSection(request)} ${bodyShape(request)} ${factSection(request, me)}
    </div>
  </details>`;
}

function kindOf({ status, unknownFields, errors }: RecordedRequest): MarkKind {
  // Every OAuth 2.0 client gets this answer once, and repeats its request with the nonce.
  if (errors[0]?.code.toLowerCase() === 'use_dpop_nonce') return 'notice';
  if (status === undefined || status >= 400) return 'bad';
  return unknownFields.length > 0 ? 'notice' : 'good';
}

function statusWords({ status }: RecordedRequest): string {
  if (status === undefined) return say('notAnswered');
  const words = status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'answered';
  return say(words, { status: String(status) });
}

function errorSection({ errors, status }: RecordedRequest): TemplateResult | typeof nothing {
  if (status === undefined) return html`<p>${say('lostText')}</p>`;
  if (errors.length === 0) return nothing;
  return html`<section>
    <h2>${say('wrong')}</h2>
    ${table<readonly [number, RecordedError]>({
      label: say('wrong'),
      rows: [...errors.entries()],
      key: ([position]) => String(position),
      columns: [
        {
          label: say('field'),
          main: true,
          cell: ([, { pointer }]) =>
            pointer === undefined ? html`<span class="soft">${say('wholeRequest')}</span>` : pointerView(pointer),
        },
        { label: say('sentence'), cell: ([, { sentence }]) => sentence },
        { label: say('code'), cell: ([, { code }]) => html`<code>${code}</code>` },
      ],
    })}
  </section>`;
}

function baseStringSection({ baseStrings, masked }: RecordedRequest): TemplateResult | typeof nothing {
  if (baseStrings.length === 0) return nothing;
  const names = [say('strict'), say('library'), say('libraryPort')];
  return html`<section>
    <h2>${say('signatureWrong')}</h2>
    <p class="soft">${say('signatureWrongText')}</p>
    ${baseStrings.map(
      (text, position) => html`<h3 class="base-name">${names[position]} ${copyButton(text, say('baseString'))}</h3>
        <pre class="base-string" tabindex="0" aria-label="${names[position] ?? ''}">${byParts(text)}</pre>`,
    )}
    ${masked ? html`<p class="hint">${say('masked')}</p>` : nothing}
  </section>`;
}

/** One table for each of proof, assertion and token that was refused. */
function claimSection({ claims }: RecordedRequest): TemplateResult | typeof nothing {
  if (claims.length === 0) return nothing;
  const places = [...new Set(claims.map(({ of }) => of))];
  return html`<section>
    <h2>${say('claims')}</h2>
    <p class="soft">${say('claimsText')}</p>
    ${places.map((place) =>
      claimTable(
        say(`claimOf.${place}`),
        claims.filter(({ of }) => of === place),
      ),
    )}
  </section>`;
}

function claimTable(label: string, claims: readonly RecordedClaim[]): TemplateResult {
  return html`<h3 class="base-name">${label}</h3>
    ${table<RecordedClaim>({
      label,
      rows: claims,
      key: ({ name }) => name,
      columns: [
        {
          label: say('claim'),
          main: true,
          cell: ({ name, wrong }) => html`<code>${name}</code> ${wrong ? mark('bad', say('claimWrong')) : nothing}`,
        },
        { label: say('claimGiven'), cell: ({ given }) => valueView(given, say('claimMissing')) },
        { label: say('claimExpected'), cell: ({ expected }) => valueView(expected, '–') },
      ],
    })}`;
}

function valueView(value: string | undefined, without: string): TemplateResult {
  return value === undefined ? html`<span class="soft">${without}</span>` : html`<code class="pointer">${value}</code>`;
}

/** The method, the address and each parameter on a line of its own. The breaks are only shown: what is copied has none. */
function byParts(text: string): TemplateResult[] {
  return text.split(/(?<=&|%26)/).map((part) => html`<span>${part}</span>`);
}

function unknownFieldSection({ unknownFields }: RecordedRequest): TemplateResult | typeof nothing {
  if (unknownFields.length === 0) return nothing;
  return html`<section>
    <h2>${say('unknown')}</h2>
    <p class="soft">${say('unknownText')}</p>
    <ul class="lines">${unknownFields.map((pointer) => html`<li>${pointerView(pointer)}</li>`)}</ul>
  </section>`;
}

function bodyShape({ shape, scheme, signature }: RecordedRequest): TemplateResult | typeof nothing {
  const [whole, ...members] = shape;
  if (whole === undefined)
    return html`<p class="soft">${say(signature === 'RIGHT' ? 'noShape.RIGHT' : `noShape.${scheme}.${signature}`)}</p>`;
  return html`<details class="fold">
    <summary>${say('shape')}</summary>
    <p class="soft">${say('shapeText')}</p>
    <ul class="shape" aria-label=${say('shape')}>
      ${members.map(memberView)}
    </ul>
  </details>`;
}

function depthOf({ pointer }: RecordedMember): number {
  return pointer.split('/').length - 1;
}

/** A line at its side marks a member that was encrypted. */
function memberView(member: RecordedMember): TemplateResult {
  const { pointer, type, length, decrypted = false } = member;
  const name = pointer.slice(pointer.lastIndexOf('/') + 1);
  const size = length === undefined ? nothing : `, ${sayCount(type === 'array' ? 'items' : 'characters', length)}`;
  return html`<li class=${classMap({ [`deep-${Math.min(depthOf(member), 6)}`]: true, decrypted })}>
    <code title=${pointer}>${name}</code>
    <span class="soft">${say(`type.${type}`)}${size}${decrypted ? html`<span class="unseen">, ${say('decrypted')}</span>` : nothing}</span>
  </li>`;
}

function pointerView(pointer: string): TemplateResult {
  return html`<code class="pointer">${pointer.split(/(?<=.)(?=\/)/).map((part) => html`<wbr />${part}`)}</code>`;
}

function factSection(request: RecordedRequest, me: ScreenContext['me']): TemplateResult {
  const { receivedAt, milliseconds, scheme, signature, sessionId, requestId } = request;
  return html`<section>
    <h2>${say('facts')}</h2>
    ${facts([
      [say('received'), exactly(receivedAt)],
      [say('took'), formatDuration(milliseconds)],
      [say('scheme'), say(`scheme.${scheme}`)],
      [say(`signatureOf.${scheme}`), say(`signature.${signature}`)],
      [
        say('session'),
        sessionId && id(sessionId, { name: say('session'), screen: { me, address: sessionAddress(sessionId) } }),
      ],
      [say('requestId'), id(requestId, { name: say('requestId') })],
    ])}
  </section>`;
}
