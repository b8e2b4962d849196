/** The sign-in: by passkey, or by the organisation's OpenID provider. */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { describe } from '../../confirm.ts';
import { LightElement } from '../../light-element.ts';
import { brand } from '../../parts/brand.ts';
import { usePasskey } from '../../passkey.ts';
import { ApiProblem } from '../../problem.ts';
import { readNext, withQuery } from '../../router.ts';
import type { DoorContext } from '../../screen.ts';
import { find, say } from './texts.ts';

interface SignInOptions {
  readonly options: PublicKeyCredentialRequestOptionsJSON;
}

class SignIn extends LightElement {
  static override readonly properties: PropertyDeclarations = {
    context: { attribute: false },
    busy: { state: true },
    problem: { state: true },
  };

  declare context: DoorContext;
  declare private busy: boolean;
  declare private problem: unknown;
  /** Fetched before the click: Safari allows no waiting between the click and the WebAuthn call. */
  #options: Promise<SignInOptions> | undefined;

  constructor() {
    super();
    this.busy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#fetchOptions();
  }

  #fetchOptions(): void {
    this.#options = this.context.api.post<SignInOptions>('/api/sign-in/options', {}, { signedOut: true });
    this.#options.catch(() => undefined); // the click shows it
  }

  readonly #signIn = async (): Promise<void> => {
    if (this.busy) return;
    Object.assign(this, { busy: true, problem: undefined });
    try {
      const { options } = (await this.#options) ?? {};
      if (options) {
        const credential = await usePasskey(options);
        await this.context.api.post('/api/sign-in', { credential }, { signedOut: true });
        return await this.context.entered();
      }
    } catch (error) {
      this.problem = error;
    }
    this.busy = false;
    this.#fetchOptions();
  };

  protected override render(): TemplateResult {
    const { me, query } = this.context;
    const refused = query.get('refused');
    return html`<section class="door">
      <p class="brand">${brand(me)}</p>
      <h1>${say('title')}</h1>
      <p>${say('text')}</p>
      ${
        this.problem !== undefined || refused !== null
          ? html`<p class="error" role="alert">${this.problem === undefined ? (find(`code.${refused}`) ?? say('refused')) : describeSignIn(this.problem)}</p>`
          : nothing
      }
      <button type="button" class="primary wide" aria-disabled=${this.busy} @click=${this.#signIn}>
        ${this.busy ? say('working') : say('action')}
      </button>
      ${
        me.oidc
          ? html`<p class="or"><span>${say('or')}</span></p>
            <a class="button wide" data-outside href=${withQuery('/sign-in/oidc', { to: readNext(query) })}>${say('organisation')}</a>`
          : nothing
      }
      <p class="hint">${say('help')}</p>
    </section>`;
  }
}
customElements.define('console-sign-in', SignIn);

function describeSignIn(problem: unknown): string {
  return (problem instanceof ApiProblem ? find(`code.${problem.code}`) : undefined) ?? describe(problem);
}

export function door(context: DoorContext): TemplateResult {
  return html`<console-sign-in .context=${context}></console-sign-in>`;
}
