/** NETWORK_ACCENT: the colour of the hosted page's primary action and of its links, readable in both schemes (WCAG 2.2 §1.4.3). */
import { ConfigError } from './config-error.ts';

/** The colours of one scheme, as `#1b4db1`. */
export interface AccentColours {
  readonly accent: string;
  /** Hovered and pressed. */
  readonly strong: string;
  /** Behind a drawing in the accent. */
  readonly tint: string;
}

export interface Accent {
  readonly light: AccentColours;
  readonly dark: AccentColours;
}

/**
 * The page's colours (`ground.css`) that the accent is compared with: a panel, and the text on a button. `away` is what a colour is mixed
 * with to get more contrast.
 */
const PAGE = {
  light: { panel: '#ffffff', onAccent: '#ffffff', away: '#000000' },
  dark: { panel: '#161d2a', onAccent: '#0b1a36', away: '#ffffff' },
} as const;
type Scheme = keyof typeof PAGE;

/** For text, WCAG 2.2 §1.4.3. */
const MIN_CONTRAST = 4.5;

/**
 * Reads one colour, or two for light and dark. Throws {@link ConfigError}; if the colour is not readable, the error names the nearest one
 * that is.
 */
export function readAccent(text: string): Accent {
  const [light = '', given, more] = text
    .trim()
    .toLowerCase()
    .split(/[\s,]+/);
  const dark = given ?? nearestReadable(light, 'dark');
  if (more !== undefined || ![light, dark].every((colour) => /^#[0-9a-f]{6}$/.test(colour))) {
    const remedy = 'has to be a colour such as #1b4db1, or two, for light and for dark: #1b4db1 #8fb6ff.';
    throw new ConfigError('NETWORK_ACCENT', remedy);
  }
  for (const [scheme, colour] of [
    ['light', light],
    ['dark', dark],
  ] as const) {
    const contrast = contrastIn(colour, scheme);
    if (contrast < MIN_CONTRAST) {
      const found = Math.floor(contrast * 10) / 10;
      throw new ConfigError(
        'NETWORK_ACCENT',
        `has ${colour}, whose contrast in the ${scheme} scheme is ${found}:1; text needs ${MIN_CONTRAST}:1. The nearest that has it is ${nearestReadable(colour, scheme)}.`,
      );
    }
  }
  return { light: coloursOf(light, 'light'), dark: coloursOf(dark, 'dark') };
}

function coloursOf(accent: string, scheme: Scheme): AccentColours {
  const { panel, away } = PAGE[scheme];
  return { accent, strong: mix(accent, away, 0.25), tint: mix(panel, accent, scheme === 'light' ? 0.1 : 0.2) };
}

/** The colour, mixed with as little black or white as makes it readable. A text that is no colour is returned as it is. */
function nearestReadable(colour: string, scheme: Scheme): string {
  if (!/^#[0-9a-f]{6}$/.test(colour)) return colour;
  const steps = Array.from({ length: 101 }, (_, step) => mix(colour, PAGE[scheme].away, step / 100));
  return steps.find((mixed) => contrastIn(mixed, scheme) >= MIN_CONTRAST) ?? PAGE[scheme].away;
}

/** The smaller of two contrasts: of a link on the panel, and of a button with its text. */
function contrastIn(colour: string, scheme: Scheme): number {
  const { panel, onAccent } = PAGE[scheme];
  return Math.min(contrastOf(colour, panel), contrastOf(colour, onAccent));
}

/** WCAG 2.2, "contrast ratio": 1 to 21. */
export function contrastOf(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(colour: string, other: string, share: number): string {
  const [from, to] = [channelsOf(colour), channelsOf(other)];
  const channels = from.map((channel, n) => Math.round(channel + ((to[n] ?? channel) - channel) * share));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function channelsOf(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
