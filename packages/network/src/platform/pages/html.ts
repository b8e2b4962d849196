/** Escapes text for HTML, and reads it back. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text, and for the value of an attribute in quotation marks. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const CHARACTERS = new Map(Object.entries(ESCAPES).map(([character, escaped]) => [escaped, character]));

/** Reads what `escapeHtml` has written. */
export function unescapeHtml(html: string): string {
  return html.replace(/&[a-z0-9#]+;/g, (escaped) => CHARACTERS.get(escaped) ?? escaped);
}
