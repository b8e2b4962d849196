/** The fields of a client's registration, in groups. */
import { html, nothing, type TemplateResult } from 'lit';
import { radioField, selectField, textField } from '../../parts/fields.ts';
import type { Draft } from './draft.ts';
import type { DraftFields } from './draft-fields.ts';
import { certificateCell } from './parts.ts';
import { say } from './texts.ts';
import { webhookFields } from './webhook-fields.ts';
import { algorithmOf, groups } from './words.ts';

type TextName = { [Name in keyof Draft]: Draft[Name] extends string ? Name : never }[keyof Draft];

export function draftFields(given: DraftFields): TemplateResult {
  const { draft, known } = given;
  const issuer = draft.role === 'issuer';
  return html`<div class="groups">
    <fieldset class="panel">
      <legend><h2>${say('groupWho')}</h2></legend>
      ${known ? nothing : roleField(given)}
      ${known ? nothing : text(given, 'clientId', { code: true, maxlength: 64, required: true })}
      ${text(given, 'name', { maxlength: 100, required: true })}
    </fieldset>
    <fieldset class="panel">
      <legend><h2>${say('groupOAuth1')}</h2></legend>
      ${text(given, 'consumerKey', { code: true, maxlength: 128 })}
      ${keyField(given, 'signingKeys', 0)} ${keyField(given, 'signingKeys', 1)}
    </fieldset>
    <fieldset class="panel">
      <legend><h2>${say('groupOAuth2')}</h2></legend>
      ${keyField(given, 'oauth2Keys', 0)} ${keyField(given, 'oauth2Keys', 1)}
    </fieldset>
    ${
      issuer
        ? html`<fieldset class="panel">
            <legend><h2>${say('groupCards')}</h2></legend>
            ${text(given, 'accountRanges', { code: true, lines: 3, required: true })} ${text(given, 'countries', { maxlength: 750, required: true })}
          </fieldset>`
        : html`<fieldset class="panel">
            <legend><h2>${say('groupShops')}</h2></legend>
            ${checkField(given, 'provider', '/provider')} ${text(given, 'merchantOrigins', { code: true, lines: 3 })}
            ${draft.provider ? nothing : text(given, 'merchantNames', { lines: 3 })}
          </fieldset>`
    }
    <fieldset class="panel">
      <legend><h2>${say('groupCallbacks')}</h2></legend>
      ${text(given, 'callbackDomains', { code: true, lines: 3 })} ${text(given, 'callbackSchemes', { code: true, lines: 2 })}
    </fieldset>
    ${webhookFields(given)} ${issuer ? verificationFields(given) : nothing} ${attestationFields(given)}
  </div>`;
}

interface TextLook {
  readonly code?: boolean;
  readonly lines?: number;
  readonly maxlength?: number;
  readonly required?: boolean;
}

function text(
  { draft, problem, change, leave }: DraftFields,
  name: TextName,
  look: TextLook,
  pointer = `/${name}`,
): TemplateResult {
  return html`<div @focusout=${() => leave(pointer)}>
    ${textField({
      ...look,
      name,
      pointer,
      label: say(`label.${name}` as 'label.name'), // each field has a label and a hint, which a test checks
      hint: say(`hint.${name}` as 'hint.name'),
      value: draft[name],
      problem,
      onInput: (value) => change({ [name]: value }),
    })}
  </div>`;
}

function roleField({ draft, change, leave }: DraftFields): TemplateResult {
  return radioField({
    name: 'role',
    label: say('label.role'),
    value: draft.role,
    choices: [
      { value: 'issuer', label: say('roleIssuer'), text: say('roleIssuerText') },
      { value: 'merchant', label: say('roleMerchant'), text: say('roleMerchantText') },
    ],
    onChange: (role) => {
      change({ role: role === 'merchant' ? 'merchant' : 'issuer' });
      leave('/role');
    },
  });
}

const KEY_LABELS = {
  signingKeys: ['keySigning', 'keySigningSecond'],
  oauth2Keys: ['keyOAuth2', 'keyOAuth2Second'],
} as const;
const KEY_HINTS = {
  signingKeys: ['hint.signingKey', 'hint.signingKeySecond'],
  oauth2Keys: ['hint.oauth2Key', 'hint.signingKeySecond'],
} as const;

/** One of the two keys of a scheme. */
function keyField(given: DraftFields, list: 'signingKeys' | 'oauth2Keys', position: 0 | 1): TemplateResult {
  const { draft, problem, change, leave } = given;
  const pointer = `/${list}/${position}`;
  const [first, second] = draft[list];
  const put = (value: string) => change({ [list]: position === 0 ? [value, second] : [first, value] });
  return html`<div @focusout=${() => leave(pointer)}>
      ${textField({
        name: `${list}${position}`,
        pointer,
        label: say(KEY_LABELS[list][position]),
        hint: say(KEY_HINTS[list][position]),
        value: draft[list][position],
        lines: draft[list][position] === '' && position === 1 ? 2 : 5,
        code: true,
        problem,
        onInput: put,
      })}
    </div>
    ${keyCard(given, [pointer, ...(pointer === '/signingKeys/0' ? ['/signingKey'] : [])])}`;
}

/** What the network has read of a key: the operator compares the fingerprint with the client's word. */
function keyCard({ keys }: DraftFields, pointers: readonly string[]): TemplateResult | typeof nothing {
  const key = keys.find(({ pointer }) => pointers.includes(pointer));
  if (key === undefined) return nothing;
  return html`<div class="key-card" role="status">
    <p><b>${algorithmOf(key)}</b> ${certificateCell(key)}</p>
    <p><span class="soft">${say('fingerprint')}</span> <code class="fingerprint">${groups(key.fingerprint)}</code></p>
  </div>`;
}

function checkField(
  { draft, change, leave }: DraftFields,
  name: 'provider' | 'verifies',
  pointer: string,
): TemplateResult {
  const toggle = (event: Event) => {
    change({ [name]: (event.target as HTMLInputElement).checked });
    leave(pointer);
  };
  return html`<label class="check"><input type="checkbox" .checked=${draft[name]} @change=${toggle} />${say(`label.${name}`)}</label>`;
}

function verificationFields(given: DraftFields): TemplateResult {
  const { draft, change, leave } = given;
  const toggleActivation = (event: Event) => {
    change({ activates: (event.target as HTMLInputElement).checked });
    leave('/activation');
  };
  return html`<fieldset class="panel">
    <legend><h2>${say('groupVerification')}</h2></legend>
    ${checkField(given, 'verifies', '/verification')}
    ${
      draft.verifies
        ? html`${text(given, 'verificationUri', { code: true, maxlength: 500 }, '/verification/uri')}
            ${text(given, 'verificationSigningKey', { code: true, lines: 5 }, '/verification/signingKey')}
            ${keyCard(given, ['/verification/signingKey'])}
            ${text(given, 'verificationEncryptionKey', { code: true, lines: 5 }, '/verification/encryptionKey')}
            ${keyCard(given, ['/verification/encryptionKey'])}`
        : nothing
    }
    <label class="check"><input type="checkbox" aria-describedby="activates-hint" .checked=${draft.activates} @change=${toggleActivation} />${say('label.activates')}</label>
    <p class="hint" id="activates-hint">${say('hint.activates')}</p>
  </fieldset>`;
}

const DEMANDS: readonly Draft['attestation'][] = ['none', 'record', 'require'];

function attestationFields(given: DraftFields): TemplateResult {
  const { draft, change, leave } = given;
  return html`<fieldset class="panel">
    <legend><h2>${say('groupAttestation')}</h2></legend>
    ${selectField({
      name: 'attestation',
      label: say('label.attestation'),
      hint: say('hint.attestation'),
      value: draft.attestation,
      choices: DEMANDS.map((value) => ({ value, label: say(`attestation.${value}`) })),
      onChange: (value) => {
        change({ attestation: DEMANDS.find((demand) => demand === value) ?? 'none' });
        leave('/attestation');
      },
    })}
    ${
      draft.attestation === 'require'
        ? html`${text(given, 'allowedModels', { code: true, lines: 2 }, '/attestation')} ${text(given, 'deniedModels', { code: true, lines: 2 }, '/attestation/deny')}`
        : nothing
    }
  </fieldset>`;
}
