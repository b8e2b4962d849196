/** The picture of a card in Secure Payment Confirmation: one for all cards, because the network has no pictures of issuers. */

const PNG = [
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAAA8CAMAAACuCk+GAAAASFBMVEUAAAAYULAYULAYULAYULAYULAYULBQeMiowODg6Pj///9IcMDI0Ojw8P+QkIjgwHDw',
  'yHC4yOiQqNg4YLhIcMiQqOiYsOhwkNDrCVm+AAAAGHRSTlMAII/P/2Dv//////////////////////9DlddfAAABDUlEQVR42u3Y2Q6DIBAFUFTcENyt//+n',
  'BWLdomAqN21T7pPzMscAYjKEEBKEEQUkCgOiEycUlCTW/SkwUggSJJAEJKTQhCTCAhGh4HjAAx64DaRZzliepSCg4GwKLxBAIdgcUVwAyqqeU5UX+zdt25iE',
  'FVDWm1gFtT68U0+dfrQC1RaobPu7bqqE1AbUu1iATPbsXkUni8wxIM9ns1RyH3K+zn1AvnO7VC3b5QeAkyVSW8+FC+Bkk/XL80PAzTE1AG4+NAPg5qowAfDL',
  '7uuua/wPx//0PeCBPwT64aEz9LZKZRTsNGI8BKYesoutUjH0l8JnAPgS+WPqgXcB+EAKPlKDDwXhY038YBY8Wn4CF8F1BIs9A9UAAAAASUVORK5CYII=',
];

/** PNG, 96 by 60, as a `data:` address: the browser signs the address, so it holds the picture itself. */
export const CARD_ART = `data:image/png;base64,${PNG.join('')}`;
