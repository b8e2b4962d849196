// The page around the registration element follows it: language, direction, title, and the address that a reload asks for.
document.addEventListener('change', (event) => {
  if (event.target.localName !== 'payment-passkey-registration' || event.detail === undefined) return;
  const { country, language, direction, heading } = event.detail;
  const [, bank = ''] = document.title.split(' – ');
  Object.assign(document.documentElement, { lang: language, dir: direction });
  document.title = `${heading} – ${bank}`;
  history.replaceState(null, '', `?${new URLSearchParams({ country, language })}`);
});
