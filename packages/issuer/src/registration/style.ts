/** The element's style. Colours have a contrast of at least 4.5:1, light and dark; a bank sets its own by custom properties and parts. */
import { css } from 'lit';

export const STYLE = css`
  :host {
    display: block;
    container-type: inline-size;
    --_ink: var(--payment-passkey-ink, light-dark(#14211f, #e8eeec));
    --_soft: var(--payment-passkey-soft, light-dark(#4f5d59, #a6b5b0));
    --_surface: var(--payment-passkey-surface, light-dark(#ffffff, #16201e));
    --_line: var(--payment-passkey-line, light-dark(#dcdad1, #2a3734));
    --_edge: var(--payment-passkey-edge, light-dark(#7d8884, #74847f));
    --_accent: var(--payment-passkey-accent, light-dark(#0b5a4a, #7ed3bb));
    --_on-accent: var(--payment-passkey-on-accent, light-dark(#ffffff, #06231c));
    --_tint: var(--payment-passkey-tint, light-dark(#e6f0ec, #1a2f2a));
    --_notice: var(--payment-passkey-notice, light-dark(#fdf1d8, #3a2e12));
    --_alert: var(--payment-passkey-alert, light-dark(#9c1c1c, #ffb4ab));
    --_focus: var(--payment-passkey-focus, light-dark(#0b57d0, #9ec5ff));
    --_card: var(--payment-passkey-card, linear-gradient(135deg, #0f6b58, #07392f));
    --_radius: var(--payment-passkey-radius, 0.875rem);
    color: var(--_ink);
    font-family: var(--payment-passkey-font, inherit);
    line-height: 1.55;
    overflow-wrap: break-word;
  }
  @supports not (color: light-dark(#000, #fff)) {
    :host {
      --_ink: var(--payment-passkey-ink, #14211f);
      --_soft: var(--payment-passkey-soft, #4f5d59);
      --_surface: var(--payment-passkey-surface, #ffffff);
      --_line: var(--payment-passkey-line, #dcdad1);
      --_edge: var(--payment-passkey-edge, #7d8884);
      --_accent: var(--payment-passkey-accent, #0b5a4a);
      --_on-accent: var(--payment-passkey-on-accent, #ffffff);
      --_tint: var(--payment-passkey-tint, #e6f0ec);
      --_notice: var(--payment-passkey-notice, #fdf1d8);
      --_alert: var(--payment-passkey-alert, #9c1c1c);
      --_focus: var(--payment-passkey-focus, #0b57d0);
    }
  }
  :host([hidden]) {
    display: none;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
    margin: 0;
  }
  .pending {
    min-block-size: var(--payment-passkey-pending-size, 44rem);
  }
  .registration {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 1.5rem;
  }
  header {
    display: grid;
    gap: 0.75rem;
  }
  .title {
    display: flex;
    align-items: center;
    gap: 0.875rem;
  }
  .mark {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 2.75rem;
    block-size: 2.75rem;
    border-radius: var(--_radius);
    background: var(--_tint);
    color: var(--_accent);
  }
  .mark svg {
    inline-size: 1.625rem;
    block-size: 1.625rem;
  }
  .heading {
    font-size: clamp(1.5rem, 1.25rem + 1.6cqi, 2.125rem);
    line-height: 1.2;
    font-weight: 680;
    letter-spacing: -0.015em;
    text-wrap: balance;
  }
  [lang="ar"] .heading,
  [lang="hi"] .heading {
    letter-spacing: normal;
    line-height: 1.4;
  }
  [lang="ja"] .heading {
    word-break: auto-phrase;
  }
  .explanation {
    color: var(--_soft);
    font-size: 1.0625rem;
    max-inline-size: 38em;
  }
  .subheading {
    font-size: 1.125rem;
    line-height: 1.35;
    font-weight: 650;
  }
  .summary,
  .hint,
  .edition {
    color: var(--_soft);
    font-size: 0.9375rem;
  }
  .block {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 1rem;
    padding: clamp(1rem, 4cqi, 1.625rem);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .consent {
    display: grid;
    gap: 0.75rem;
  }
  a {
    color: var(--_accent);
    text-underline-offset: 0.18em;
  }
  :focus-visible {
    outline: 3px solid var(--_focus);
    outline-offset: 3px;
    border-radius: 0.25rem;
  }
  ul {
    list-style: none;
    padding: 0;
  }
  .place {
    display: grid;
    gap: 0.75rem 1rem;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
  }
  .field {
    display: grid;
    gap: 0.375rem;
    min-inline-size: 0;
  }
  .field label {
    font-weight: 600;
    font-size: 0.9375rem;
  }
  select,
  button {
    font: inherit;
    min-block-size: 3rem;
    border-radius: 0.625rem;
  }
  select {
    inline-size: 100%;
    padding-inline: 0.875rem;
    color: var(--_ink);
    background: var(--_surface);
    border: 1px solid var(--_edge);
  }
  .cards {
    display: grid;
    gap: 0.875rem;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 14.5rem), 1fr));
  }
  .contacts {
    display: grid;
    gap: 0.25rem;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: 0.75rem;
    min-block-size: 2.75rem;
    cursor: pointer;
  }
  .choice > :last-child {
    flex: 1;
    min-inline-size: 0;
  }
  .choice input {
    flex: none;
    inline-size: 1.5rem;
    block-size: 1.5rem;
    accent-color: var(--_accent);
  }
  .card {
    position: relative;
    isolation: isolate;
    overflow: hidden;
    display: grid;
    align-content: space-between;
    gap: 1.25rem;
    max-inline-size: 17rem;
    min-block-size: 7.5rem;
    padding: 1rem 1.125rem;
    border-radius: 0.875rem;
    color: #ffffff;
    background: var(--_card);
  }
  li:nth-child(even) .card {
    background: var(--payment-passkey-card-even, var(--payment-passkey-card, linear-gradient(135deg, #37474f, #17222a)));
  }
  .card img {
    position: absolute;
    inset: 0;
    z-index: -1;
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
  }
  .card.left-out {
    filter: grayscale(1);
  }
  .card-product {
    display: flex;
    justify-content: space-between;
    gap: 0.5rem;
    min-block-size: 1.55em;
    font-weight: 600;
  }
  .card-number {
    font-size: 1.125rem;
    letter-spacing: 0.08em;
    font-variant-numeric: tabular-nums;
  }
  .contact {
    display: flex;
    align-items: center;
    gap: 0.75rem;
    min-block-size: 2.25rem;
  }
  .contact > span {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .contact bdi {
    font-variant-numeric: tabular-nums;
    font-weight: 600;
    unicode-bidi: isolate;
  }
  svg {
    flex: none;
    inline-size: 1.375rem;
    block-size: 1.375rem;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .notice {
    display: flex;
    gap: 0.875rem;
    padding: 1rem 1.125rem;
    border-radius: var(--_radius);
    background: var(--_notice);
  }
  .notice > div {
    display: grid;
    gap: 0.375rem;
    justify-items: start;
    min-inline-size: 0;
  }
  .notice-heading {
    font-weight: 650;
  }
  .problem {
    color: var(--_alert);
    font-weight: 600;
  }
  .problem:empty,
  .status:empty {
    position: absolute;
  }
  .status {
    color: var(--_soft);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem;
  }
  button {
    padding: 0.625rem 1.375rem;
    border: 1px solid transparent;
    font-weight: 620;
    cursor: pointer;
  }
  .primary {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .primary:hover:enabled {
    background: color-mix(in oklab, var(--_accent) 86%, var(--_ink));
  }
  .secondary {
    background: transparent;
    color: var(--_ink);
    border-color: var(--_edge);
  }
  .secondary:hover:enabled {
    background: var(--_tint);
  }
  .quiet {
    min-block-size: 2.75rem;
    padding-inline: 0.75rem;
    margin-inline-start: -0.75rem;
    background: none;
    color: inherit;
    text-decoration: underline;
    text-underline-offset: 0.18em;
  }
  button:disabled {
    opacity: 0.6;
    cursor: default;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 30rem) {
    .registration {
      gap: 0.75rem;
    }
    header {
      gap: 0.5rem;
    }
    .explanation {
      font-size: 0.9375rem;
      line-height: 1.45;
    }
    .place {
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr));
    }
    .field {
      gap: 0.25rem;
    }
    .block {
      gap: 0.5rem;
      padding: 0.75rem 1rem;
    }
    /* Hidden, because the list below says the same and is shorter. Screen readers still read it. */
    .summary {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }
    .cards {
      gap: 0.5rem;
    }
    .card {
      max-inline-size: none;
      min-block-size: 3rem;
      grid-template-columns: minmax(0, 1fr) auto;
      align-content: center;
      align-items: center;
      padding: 0.5rem 1rem;
    }
    .card-number {
      font-size: 1rem;
      letter-spacing: 0.04em;
    }
    .consent {
      gap: 0.375rem;
      font-size: 0.875rem;
      line-height: 1.4;
    }
    .contacts {
      gap: 0;
    }
    .actions button {
      inline-size: 100%;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    button {
      transition: background-color 120ms;
    }
  }
  @media (prefers-contrast: more) {
    :host {
      --_soft: var(--_ink);
      --_line: var(--_ink);
      --_edge: var(--_ink);
    }
    .mark,
    .notice {
      border: 1px solid;
    }
  }
  @media (forced-colors: active) {
    .primary,
    .card,
    .notice {
      border: 1px solid;
    }
  }
`;
