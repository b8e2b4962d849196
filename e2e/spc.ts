/** The browser's dialog of Secure Payment Confirmation, and what the shop's server answers to its page's script. */
import type { Page } from '@playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';
import { expect } from './fixtures.ts';

type Mode = 'autoAccept' | 'autoChooseToAuthAnotherWay' | 'autoReject' | 'autoOptOut';

/** Answers the browser's own dialog in place of a user. */
export async function answerDialog({ session }: VirtualAuthenticator, mode: Mode): Promise<void> {
  await session.send('Page.enable');
  await session.send('Page.setSPCTransactionMode', { mode });
}

/**
 * The answers of the shop's server to its page's script, available before the script continues, because the script may leave the page at
 * once. Each answer is read once.
 */
export async function watchAnswers(page: Page): Promise<(ending: '/payment' | '/confirmation') => Promise<Answer>> {
  const answers = new Map<string, Answer>();
  await page.exposeFunction('keepAnswer', (url: string, text: string) => {
    answers.set(url.slice(url.lastIndexOf('/')), JSON.parse(text));
  });
  await page.addInitScript(`{
    const real = window.fetch;
    window.fetch = async (url, options) => {
      const answer = await real(url, options);
      await window.keepAnswer(new URL(url, location).pathname, await answer.clone().text());
      return answer;
    };
  }`);
  return async (ending) => {
    await expect.poll(() => answers.has(ending)).toBe(true);
    const answer = answers.get(ending) as Answer; // the poll above has found it
    answers.delete(ending);
    return answer;
  };
}

export interface Answer {
  readonly status: string;
  readonly go: string;
  readonly reportTo: string;
  readonly payment: { readonly securePaymentConfirmation: Terms };
}

export type Terms = { readonly challenge: string; readonly credentialIds: readonly string[]; readonly total: unknown };
