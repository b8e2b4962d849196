// The page around the registration element follows it: language, direction, title, and the address that a reload asks for.
// The bank's other pages follow as well: the choice of language is kept.
document.addEventListener('change', (event) => {
  if (event.target.localName !== 'payment-passkey-registration' || event.detail === undefined) return;
  const { country, language, direction, heading } = event.detail;
  const [, bank = ''] = document.title.split(' – ');
  const changed = document.documentElement.lang !== language;
  Object.assign(document.documentElement, { lang: language, dir: direction });
  document.title = `${heading} – ${bank}`;
  history.replaceState(null, '', `?${new URLSearchParams({ country, language })}`);
  if (changed) keepLanguage(language, event.target.closest('form'));
});

/** Nothing is lost where it fails: the screen itself is in the language already. */
function keepLanguage(language, form) {
  const body = new URLSearchParams({ language, _csrf: new FormData(form).get('_csrf') });
  fetch('/language', { method: 'POST', body, redirect: 'manual', keepalive: true }).catch(() => {});
}
