/**
 * The element's icons, on a 24 by 24 grid, in the colour of the text around them. They are decorative and hidden from assistive technology.
 */
import { svg } from 'lit/html.js';

const draw = (paths: ReturnType<typeof svg>) =>
  svg`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;

export const CHECK = draw(svg`<path d="m5 12.5 4.75 4.75L19.5 7.25"/>`);
export const INFO = draw(svg`<circle cx="12" cy="12" r="8.75"/><path d="M12 11v5M12 7.8v.05"/>`);
export const MAIL = draw(
  svg`<rect x="2.75" y="5.25" width="18.5" height="13.5" rx="2.5"/><path d="m3.5 7.5 8.5 6 8.5-6"/>`,
);
/** The common symbol of passkeys: a person beside a key. */
export const PASSKEY = draw(
  svg`<circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/>`,
);
export const PHONE = draw(svg`<rect x="6.75" y="2.75" width="10.5" height="18.5" rx="2.5"/><path d="M11 18.25h2"/>`);
