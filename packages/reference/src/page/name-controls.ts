/** Names for the controls that Swagger UI 5.35 leaves without one, and the keyboard for its boxes that scroll. */

const NAMES = [
  ['.examples-select-element', 'Example'],
  ['.body-param__text', 'Request body'],
  ['.content-type-wrapper select, .response-control-media-type select, .content-type', 'Media type'],
] as const;
const SCROLLING = '.curl, .highlight-code .microlight, .example .microlight';

/** Names the controls that are added to `root`, at most once in a frame. */
export function nameControls(root: HTMLElement): void {
  let waits = false;
  const name = () => {
    waits = false;
    for (const [selector, text] of NAMES) {
      for (const control of root.querySelectorAll(`:is(${selector}):not([aria-label])`))
        control.setAttribute('aria-label', text);
    }
    // Several operations can be open.
    for (const region of root.querySelectorAll('.responses-table[role=region][id]:not([aria-label])'))
      region.setAttribute('aria-label', region.id.replaceAll('_', ' '));
    for (const box of root.querySelectorAll(`:is(${SCROLLING}):not([tabindex])`)) box.setAttribute('tabindex', '0');
  };
  const nameSoon = () => {
    if (!waits) requestAnimationFrame(name);
    waits = true;
  };
  new MutationObserver(nameSoon).observe(root, { childList: true, subtree: true });
}
