/** One session: what happened in one sentence, what it was for, its timeline, and its ids. */

import { Task } from '@lit/task';
import type { SessionView } from '@payment-passkeys/protocol/console';
import { formatAmount, splitText } from '@payment-passkeys/protocol/texts';
import { html, type TemplateResult } from 'lit';
import { clientAddress, passkeyAddress } from '../../addresses.ts';
import { formatDuration, LANGUAGE } from '../../language.ts';
import { heading } from '../../parts/heading.ts';
import { id } from '../../parts/id.ts';
import { link } from '../../parts/link.ts';
import { mark } from '../../parts/mark.ts';
import { loaded } from '../../parts/states.ts';
import { facts } from '../../parts/table.ts';
import { exactly, when } from '../../parts/time.ts';
import { Screen, type ScreenContext } from '../../screen.ts';
import { find, say } from './texts.ts';
import { timeline } from './timeline.ts';
import { OUTCOME_MARKS, outcomeWords, sentenceOf, subjectWords, timeOf } from './words.ts';

export function screen(context: ScreenContext): TemplateResult {
  return html`<session-screen .context=${context}></session-screen>`;
}

class SessionScreen extends Screen {
  readonly #session: Task<readonly [string], SessionView> = new Task(this, {
    task: ([sessionId], { signal }) =>
      this.context.api.get<SessionView>(`/api/sessions/${encodeURIComponent(sessionId)}`, { signal }),
    args: () => [this.context.params.id ?? ''] as const,
  });

  protected override render(): TemplateResult {
    const { value } = this.#session;
    const back = html`<a href="/sessions">${say('title')}</a>`;
    return html`${heading(value === undefined ? say('session') : sentence(value), undefined, back)}
      ${loaded(this.#session, (session) => view(session, this.context.me), 10)}`;
  }
}

/** The sentence, with its time as an element. */
function sentence(session: SessionView): TemplateResult {
  const pieces = splitText(sentenceOf(session));
  return html`${pieces.map((piece) => {
    if (piece === 'subject') return subjectWords(session);
    return piece === 'when' ? html`${when(timeOf(session))}` : piece;
  })}`;
}

type Me = ScreenContext['me'];

function view(session: SessionView, me: Me): TemplateResult {
  return html`<div class="beside">
    <section>
      <h2>${say('timeline')}</h2>
      ${timeline(session)}
    </section>
    <section>
      <h2>${say('facts')}</h2>
      ${facts([...whatFor(session, me), ...timesOf(session), ...ids(session, me)])}
    </section>
  </div>`;
}

type Facts = readonly (readonly [string, unknown])[];

function whatFor(session: SessionView, me: Me): Facts {
  const { outcome, reason, payment, clientId, clientName, panLastFour, issuerName, nextStep, browserFamily } = session;
  return [
    [
      say('columnOutcome'),
      html`${mark(OUTCOME_MARKS[outcome], outcomeWords(outcome))} ${reason === undefined ? '' : html`<code>${reason}</code>`}`,
    ],
    [say('client'), link(me, clientAddress(clientId), html`<bdi>${clientName}</bdi>`)],
    [say('amount'), payment && formatAmount(payment, LANGUAGE)],
    [
      say('merchant'),
      payment && html`<bdi>${payment.merchantName}</bdi> <span class="soft">${payment.merchantOrigin}</span>`,
    ],
    [say('order'), payment && id(payment.orderId, { name: say('order') })],
    [say('acquirerMerchantId'), payment?.acquirerMerchantId],
    [say('acquirerBIN'), payment?.acquirerBIN],
    [say('merchantCategoryCode'), payment?.merchantCategoryCode],
    [say('merchantCountryCode'), payment?.merchantCountryCode],
    [say('card'), panLastFour && `•••• ${panLastFour}`],
    [say('issuer'), issuerName && html`<bdi>${issuerName}</bdi>`],
    [say('nextStep'), nextStep && find(`nextStep.${nextStep}`)],
    [say('browser'), browserFamily === 'Unknown' ? undefined : browserFamily],
  ];
}

function timesOf({ createdAt, endedAt, expiresAt }: SessionView): Facts {
  const took = endedAt && new Date(endedAt).getTime() - new Date(createdAt).getTime();
  return [
    [say('started'), exactly(createdAt)],
    endedAt === undefined ? [say('expires'), exactly(expiresAt)] : [say('ended'), exactly(endedAt)],
    [say('took'), typeof took === 'number' ? formatDuration(took) : undefined],
  ];
}

function ids(session: SessionView, me: Me): Facts {
  const { credentialId, bindingId, deviceId, traceId } = session;
  const copied = (name: string, value: string | undefined) => [name, value && id(value, { name })] as const;
  return [
    [
      say('passkey'),
      credentialId && id(credentialId, { name: say('passkey'), screen: { me, address: passkeyAddress(credentialId) } }),
    ],
    copied(say('binding'), bindingId),
    copied(say('device'), deviceId),
    copied(say('sessionId'), session.authenticationSessionId),
    copied(say('clientSessionId'), session.clientSessionId),
    copied(say('correlationId'), session.srcCorrelationId),
    copied(say('traceId'), traceId),
  ];
}

customElements.define('session-screen', SessionScreen);
