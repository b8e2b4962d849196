/** A device's name as it is shown to the customer: `Chrome on Linux`. */
import { html } from 'ghtml';
import type { Language } from '../language.ts';
import { buildName } from '../layout.ts';
import type { DeviceName } from './device-name.ts';

/** Builds the name as HTML. */
export function buildDevice({ browser, platform }: DeviceName, language: Language): string {
  if (browser !== undefined && platform !== undefined) {
    return language.html('device.named', { browser: buildName(browser), platform: buildName(platform) });
  }
  const name = browser ?? platform;
  return name === undefined ? html`${language.text('device.unknown')}` : buildName(name);
}
