// Shows what each registration element dispatches.
for (const type of ['accept', 'decline', 'change']) {
  document.addEventListener(type, (event) => {
    if (event.target.localName !== 'payment-passkey-registration') return;
    const output = event.target.closest('.example').querySelector('output');
    output.textContent = `${type} ${JSON.stringify(event.detail ?? null, null, 2)}`;
  });
}
