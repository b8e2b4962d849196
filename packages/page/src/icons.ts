/** The page's icons: 24 by 24, in the colour of the text around them. They are decoration, hidden from assistive technology. */
import { svg } from 'lit/html.js';

export const draw = (paths: ReturnType<typeof svg>) =>
  svg`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;

/** The usual sign of passkeys: a person and a key. */
export const PASSKEY = draw(
  svg`<circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/>`,
);
export const TICK = draw(svg`<path d="m5 12.5 4.75 4.75L19.5 7.25"/>`);
export const ARROW = draw(svg`<path d="M4.5 12h15M13 5.5l6.5 6.5-6.5 6.5"/>`);
export const NOTICE = draw(svg`<circle cx="12" cy="12" r="8.75"/><path d="M12 7.75v5M12 16.2v.05"/>`);
export const LOCK = draw(
  svg`<rect x="5" y="10.5" width="14" height="9.75" rx="2.5"/><path d="M8.25 10.5V7.75a3.75 3.75 0 0 1 7.5 0v2.75"/>`,
);

export const BAG = draw(svg`<path d="M5 8h14l1 12H4L5 8Z"/><path d="M8.75 8V7a3.25 3.25 0 0 1 6.5 0v1"/>`);

/** The icon of each kind of account. */
export const ACCOUNTS = {
  CARD: draw(svg`<rect x="2.75" y="5.25" width="18.5" height="13.5" rx="2.5"/><path d="M2.75 9.75h18.5M6.5 15h3"/>`),
  EMAIL: draw(svg`<rect x="2.75" y="5.25" width="18.5" height="13.5" rx="2.5"/><path d="m3.5 7.5 8.5 6 8.5-6"/>`),
  MOBILE: draw(svg`<rect x="6.75" y="2.75" width="10.5" height="18.5" rx="2.5"/><path d="M11 18.25h2"/>`),
} as const;
