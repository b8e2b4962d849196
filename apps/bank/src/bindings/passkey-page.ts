/** One passkey: where it works, what was approved with it, how it is kept, which devices have used it; and what the customer can do. */
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import { joinList, type Language } from '../language.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';
import type { Approval } from './approvals.ts';
import type { BindingAction } from './calls.ts';
import type { Known } from './customer-passkeys.ts';
import {
  ACT_NAMES,
  buildAway,
  buildBack,
  buildBadge,
  buildDay,
  buildMoment,
  buildPasskeyName,
  buildPlaceName,
  LOST_PATH,
  passkeyPath,
} from './parts.ts';
import type { PasskeyView, Place } from './passkey-view.ts';

export interface PasskeyPage extends Pick<Known, 'current' | 'askedAt'> {
  readonly frame: Frame;
  readonly passkey: PasskeyView;
  readonly approvals: readonly Approval[];
}

export function buildPasskeyPage({ frame, passkey, approvals, ...known }: PasskeyPage): string {
  const { language } = frame;
  const { accounts, createdAt, lastUsedAt, state, places } = passkey;
  return buildPage({
    frame,
    title: language.text('passkey.title'),
    main: html`<div class="column narrow">
!${buildBack('/', language.text('overview.title'))}
<div class="passkey-head"><h1>!${buildPasskeyName(passkey, language)}</h1>!${buildBadge(state, language)}</div>
<p class="muted"><span class="accounts">!${joinList(accounts.map(buildCode), language)}</span><br>
!${language.html('passkeys.created', { day: buildDay(createdAt, language) })} · !${language.html('passkeys.lastUsed', { day: buildDay(lastUsedAt, language) })}</p>
!${buildAway(known, language)}
<section class="card" aria-labelledby="places"><h2 id="places">${language.text('passkey.where')}</h2>
<ul class="places">!${places.map((place) => buildPlace(place, { passkey, language }))}</ul></section>
!${buildEverywhere(passkey, language)}
!${buildApprovals(approvals, language)}
!${buildStrength(passkey, language)}
</div>`,
  });
}

interface Shown {
  readonly passkey: PasskeyView;
  readonly language: Language;
}

function buildPlace(place: Place, { passkey, language }: Shown): string {
  const { bindingId, createdAt, lastUsedAt, pendingActivation, suspendedBy, waitingFor } = place;
  const isConfirmed = !pendingActivation || waitingFor === 'ACTIVATE';
  const used = lastUsedAt
    ? language.html('passkey.paid', { day: buildDay(lastUsedAt, language) })
    : html`${language.text('passkey.unpaid')}`;
  const label = `place-${bindingId}`;
  const act = (action: BindingAction) =>
    html`<a class="quiet" href="${actPath({ passkey, action, bindingId })}" id="${label}-${action}" aria-labelledby="${label}-${action} ${label}">${language.text(`act.${action}`)}</a>`;
  return html`<li class="place"><strong id="${label}">!${buildPlaceName(place, language)}</strong>
<span class="muted">!${language.html('passkey.since', { day: buildDay(createdAt, language) })} · !${used}</span>
!${isConfirmed ? '' : html`<span class="stopped">${language.text('passkey.unconfirmed')}</span>`}
!${suspendedBy.map((actor) => html`<span class="stopped">${language.text(`by.${actor}`)}</span>`)}
!${waitingFor && waitingFor !== 'REPLACE' ? html`<span class="stopped">${language.text(`waiting.${waitingFor}`)}</span>` : ''}
<span class="acts">!${isConfirmed ? '' : act('ACTIVATE')}!${act(suspendedBy.includes('ISSUER') || waitingFor === 'SUSPEND' ? 'RESUME' : 'SUSPEND')}!${act('DELETE')}</span></li>`;
}

/** The buttons for all places at once, if there are several places. */
function buildEverywhere(passkey: PasskeyView, language: Language): string {
  const { places } = passkey;
  const blocked = places.filter(({ suspendedBy }) => suspendedBy.includes('ISSUER')).length;
  const act = (action: Exclude<BindingAction, 'ACTIVATE'>) =>
    html`<a class="secondary" href="${actPath({ passkey, action })}">${language.text(`all.${action}`)}</a>`;
  const acts = [
    ...(blocked < places.length ? [act('SUSPEND')] : []),
    ...(blocked > 0 ? [act('RESUME')] : []),
    act('DELETE'),
  ];
  return html`<section class="card" aria-labelledby="all"><h2 id="all">${language.text('passkey.all')}</h2>
<p class="actions">!${places.length > 1 ? acts : ''}<a class="secondary" href="${LOST_PATH}">${language.text('passkeys.lost')}</a></p>
<p class="muted">${language.text('passkey.otherBanks')}</p></section>`;
}

export function actPath({
  passkey,
  action,
  bindingId,
}: {
  readonly passkey: Pick<PasskeyView, 'credentialId'>;
  readonly action: BindingAction;
  readonly bindingId?: string | undefined;
}): string {
  const path = `${passkeyPath(passkey.credentialId)}/${ACT_NAMES[action]}`;
  return bindingId === undefined ? path : `${path}?binding=${encodeURIComponent(bindingId)}`;
}

function buildApprovals(approvals: readonly Approval[], language: Language): string {
  const lines = approvals.map(
    ({ merchantName, amount, currency, lastFour, approvedAt }) =>
      html`<li class="approval"><strong>!${buildName(merchantName)}</strong><bdi class="amount">${language.money(amount, currency)}</bdi>
<span class="muted">!${buildMoment(approvedAt, language)} · !${buildCode(`•••• ${lastFour}`)}</span></li>`,
  );
  return html`<section class="card" aria-labelledby="approved"><h2 id="approved">${language.text('passkey.approved')}</h2>
!${lines.length > 0 ? html`<ul class="approvals">!${lines}</ul>` : html`<p class="muted">${language.text('passkey.approvedNone')}</p>`}</section>`;
}

function buildStrength({ authenticator, devices }: PasskeyView, language: Language): string {
  if (authenticator === undefined) return '';
  const { model, backupEligible } = authenticator;
  const used = devices.map(({ firstUsedAt, lastUsedAt }) => {
    const days = { first: buildDay(firstUsedAt, language), last: buildDay(lastUsedAt, language) };
    return html`<li>!${language.html('passkey.used', days)}</li>`;
  });
  return html`<section class="card" aria-labelledby="kept"><h2 id="kept">${language.text('passkey.kept')}</h2>
<p>${language.text(backupEligible ? 'passkey.synced' : 'passkey.bound')}</p>
!${model === undefined ? '' : html`<p class="muted">!${language.html('passkey.model', { model: buildName(model) })}</p>`}
!${used.length > 0 ? html`<h3>${language.text('passkey.devices')}</h3><ul class="devices muted">!${used}</ul>` : ''}</section>`;
}
