/** A short message at the edge of the screen, which screen readers read out: "Copied", "Ada was invited". */

const SHOWN_MILLISECONDS = 6000;

/** A live region: the page has one, and each dialog. It is made before its first text, because a region that is added with its text is not read out. */
export function openRegion(place: HTMLElement = document.body): HTMLElement {
  const region = document.createElement('div');
  region.className = 'announcement';
  region.role = 'status';
  place.append(region);
  return region;
}

let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  // The region of the topmost dialog, if one is open: regions behind it are not read out.
  const region = [...document.querySelectorAll<HTMLElement>('.announcement')].at(-1) ?? openRegion();
  region.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    region.textContent = '';
  }, SHOWN_MILLISECONDS);
}
