// A change of the registration element also changes the page around it: language, direction, title, and the address that a reload asks for.
// The choice of language is kept for the bank's other pages.
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

/** If this fails, nothing is lost: the screen itself is in the language already. */
function keepLanguage(language, form) {
  const body = new URLSearchParams({ language, _csrf: new FormData(form).get('_csrf') });
  fetch('/language', { method: 'POST', body, redirect: 'manual', keepalive: true }).catch(() => {});
}
