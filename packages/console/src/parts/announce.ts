/** A short message at the edge of the screen, which screen readers read out: "Copied", "Ada was invited". */

const SHOWN_MILLISECONDS = 6000;

/** The page's live region; the frame makes it once, because a region that is added with its text is not read out. */
export function openRegion(): HTMLElement {
  const region = document.createElement('div');
  region.className = 'announcement';
  region.role = 'status';
  document.body.append(region);
  return region;
}

let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  const region = document.querySelector<HTMLElement>('.announcement') ?? openRegion();
  region.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    region.textContent = '';
  }, SHOWN_MILLISECONDS);
}
