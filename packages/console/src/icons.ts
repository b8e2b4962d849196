/** The console's icons: 20 units wide, drawn in the colour of the text. All are decoration, with the meaning in the text beside them. */
import { type SVGTemplateResult, svg } from 'lit';

const PATHS = {
  overview: 'M3 16.5h14M5.5 13V9.5M10 13V4.5M14.5 13V7.5',
  sessions: 'M4 5h12M4 10h12M4 15h7',
  passkeys: 'M7.2 12.8a3.2 3.2 0 1 1 0-6.4 3.2 3.2 0 0 1 0 6.4Zm3.2-3.2H17M14.2 9.6v2.6',
  clients: 'M3.5 17V6.5L10 3l6.5 3.5V17M8 17v-4.5h4V17M7.5 8.5h.01M12.5 8.5h.01',
  audit: 'M6 3h6l3 3v11H6zM12 3v3h3M8.5 10h4M8.5 13h4',
  operators:
    'M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.75 16c.4-2.6 2.2-4 4.75-4s4.35 1.4 4.75 4M13 4.3a2.6 2.6 0 0 1 0 5M14.6 12.4c1.5.6 2.4 1.8 2.7 3.6',
  approvals: 'm3.5 10.5 3.5 3.5 7-8M11 14l.5.5 6-7',
  sandbox: 'M8 3h4M8.75 3v5L4 16.5h12L11.25 8V3M6 13h8',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  close: 'M5 5l10 10M15 5 5 15',
  copy: 'M7 7h9v9H7zM13 7V4H4v9h3',
  down: 'm5 8 5 5 5-5',
  search: 'M9 14.5a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11Zm4-1.5 4 4',
  warning: 'M10 3.5 18 17H2zM10 8.5v4M10 14.6v.05',
  out: 'M8 4H4v12h4M8 10h9M13.5 6.5 17 10l-3.5 3.5',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGTemplateResult {
  return svg`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

/** The mark of the console: a key. */
export const logo: SVGTemplateResult = svg`<svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
  <rect width="24" height="24" rx="6" /><g><circle cx="8.5" cy="12" r="3.25" /><path d="M12 12h7.5M16 12v2.5M19 12v2" /></g></svg>`;
