import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { contrastOf, readAccent } from './accent.ts';
import { readBranding } from './branding.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { findFault } from './mark.ts';

const folder = mkdtempSync(join(tmpdir(), 'network-branding-'));
afterAll(() => rmSync(folder, { recursive: true }));

const svg = (inside: string, attributes = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"${attributes}>${inside}</svg>`;

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const MARK = fileOf('mark.svg', svg('<circle cx="12" cy="12" r="9" fill="#1b4db1"/>'));

describe('the network’s branding', () => {
  test('is its host name where nothing is set', () => {
    expect(readBranding({}, 'https://verify.network.example')).toEqual({
      name: 'verify.network.example',
      mark: undefined,
      accent: undefined,
      supportUri: undefined,
    });
  });

  test('is the operator’s name, mark, colour and address for help', () => {
    const branding = readBranding(
      {
        NETWORK_NAME: ' Kestrel ',
        NETWORK_MARK: MARK,
        NETWORK_ACCENT: '#1B4DB1',
        NETWORK_SUPPORT_URI: 'mailto:help@network.example',
      },
      'https://verify.network.example',
    );
    expect(branding).toMatchObject({
      name: 'Kestrel',
      mark: { path: expect.stringMatching(/^\/auth\/passkeys\/mark-[\w-]{8}\.svg$/) },
      accent: { light: { accent: '#1b4db1' } },
      supportUri: 'mailto:help@network.example',
    });
  });

  test.each([
    ['NETWORK_NAME', 'x'.repeat(65)],
    ['NETWORK_NAME', 'two\nlines'],
    ['NETWORK_NAME', 'turned \u202e round'],
    ['NETWORK_MARK', join(folder, 'missing.svg')],
    ['NETWORK_MARK', fileOf('large.svg', svg(`<path d="${'M0 0'.repeat(5000)}"/>`))],
    ['NETWORK_MARK', fileOf('picture.png', '\u0089PNG')],
    ['NETWORK_ACCENT', 'blue'],
    ['NETWORK_ACCENT', '#1b4db1 #8fb6ff #000000'],
    ['NETWORK_ACCENT', '#ffd000'],
    ['NETWORK_ACCENT', '#1b4db1 #1b4db1'],
    ['NETWORK_SUPPORT_URI', 'help@network.example'],
    ['NETWORK_SUPPORT_URI', 'http://network.example/help'],
    ['NETWORK_SUPPORT_URI', 'https://user@network.example/help'],
    ['NETWORK_SUPPORT_URI', 'javascript:alert(1)'],
    ['NETWORK_SUPPORT_URI', 'mailto:'],
    ['LEGAL_TEXTS', join(folder, 'missing')],
    ['LEGAL_TEXTS', folder],
  ])('%s is named when it cannot be used: %s', (setting, value) => {
    const read = () => readConfig({ [setting]: value, TERMS_VERSION: '1' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${setting} `));
  });
});

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return '';
}

describe('the accent', () => {
  test('has 4.5:1 with its text and with the panel, light and dark; the dark one is found where none is given', () => {
    for (const given of ['#1b4db1', '#7a003c', '#000000', '#0b7a4b', '#1b4db1 #8fb6ff']) {
      const { light, dark } = readAccent(given);
      expect(contrastOf(light.accent, '#ffffff')).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(light.strong, '#ffffff')).toBeGreaterThanOrEqual(4.5);
      for (const ground of ['#161d2a', '#0b1a36']) {
        expect(contrastOf(dark.accent, ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrastOf(dark.strong, ground)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  test('that is too pale is refused with its contrast, and with a colour near it that will do', () => {
    const refusal = messageOf(() => readAccent('#ffd000'));
    expect(refusal).toMatch(/#ffd000.*light scheme is 1\.4:1.* 4\.5:1.*#[0-9a-f]{6}\.$/);
    const [suggested = ''] = /#[0-9a-f]{6}(?=\.$)/.exec(refusal) ?? [];
    expect(readAccent(suggested)).toHaveProperty('light');
  });

  test('is measured as WCAG 2.2 has it', () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });
});

describe('the mark draws, and does nothing else', () => {
  test.each([
    svg('<path d="M0 0h24v24z"/>'),
    `<?xml version="1.0" encoding="UTF-8"?>\n<!-- a comment -->${svg('<g fill="none"/>')}`,
    svg(
      '<defs><linearGradient id="a"><stop stop-color="#fff"/></linearGradient></defs><path fill="url(#a)" d="M0 0"/>',
    ),
    svg(
      '<style>.a{fill:#1b4db1}@media (prefers-color-scheme:dark){.a{fill:#8fb6ff}}</style><path class="a" d="M0 0"/>',
    ),
    svg('<symbol id="s"/><use xlink:href="#s"/>', ' xmlns:xlink="http://www.w3.org/1999/xlink"'),
  ])('taken: %s', (drawing) => expect(findFault(drawing)).toBeUndefined());

  test.each([
    ['', 'not well-formed'],
    ['no drawing', 'not well-formed'],
    ['<svg></svg>', 'outermost'],
    ['<html xmlns="http://www.w3.org/1999/xhtml"/>', 'outermost'],
    [svg('<path>'), 'not well-formed'],
    [svg('<script>alert(1)</script>'), '<script>'],
    [svg('<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>'), '<script>'],
    [svg('<SCRIPT/>'), '<SCRIPT>'],
    [svg('', ' onload="alert(1)"'), 'onload'],
    [svg('<path ONCLICK="alert(1)"/>'), 'ONCLICK'],
    [svg('<image href="https://other.example/a.png"/>'), '<image>'],
    [svg('<a href="#x"/>'), '<a>'],
    [svg('<use href="https://other.example/a.svg#b"/>'), 'href'],
    [svg('<use href="data:image/svg+xml,x"/>'), 'href'],
    [svg('<use x:href="/a" xmlns:x="http://www.w3.org/1999/xlink"/>'), 'x:href'],
    [svg('<path fill="url(https://other.example/a)"/>'), 'url()'],
    [svg(`<path style="fill:URL( 'https://other.example/a' )"/>`), 'url()'],
    [svg('<path style="fill:u\\72l(https://other.example/a)"/>'), 'url()'],
    [svg('<style>@import "https://other.example/a.css"</style>'), 'style'],
    [svg('<style>path{fill:url(//other.example/a)}</style>'), 'style'],
    [svg('<style><![CDATA[path{fill:red}]]></style>'), 'CDATA'],
    [svg('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'), '<foreignObject>'],
    [svg('<animate attributeName="href" to="javascript:alert(1)"/>'), '<animate>'],
    [svg('<set attributeName="href" to="x"/>'), '<set>'],
    [`<!DOCTYPE svg [<!ENTITY a "b">]>${svg('&a;')}`, 'DOCTYPE'],
    [`<?xml-stylesheet href="https://other.example/a.css"?>${svg('')}`, 'xml-stylesheet'],
  ])('refused: %s', (drawing, fault) => expect(findFault(drawing)).toContain(fault));
});
