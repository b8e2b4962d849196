// The registration screen follows its selects without leaving the page: focus stays where it is, and what is agreed to is what is shown.
let latest = 0;

async function follow(form) {
  const mine = ++latest;
  const address = `${form.getAttribute('action')}?${new URLSearchParams(new FormData(form))}`;
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' } });
    if (!answer.ok || answer.redirected) throw new Error('not the screen');
    const shown = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine === latest) show(shown, address);
  } catch {
    location.assign(address);
  }
}

function show(shown, address) {
  const focused = document.activeElement?.id;
  document.documentElement.lang = shown.documentElement.lang;
  document.documentElement.dir = shown.documentElement.dir;
  document.title = shown.title;
  document.querySelector('main').replaceWith(document.adoptNode(shown.querySelector('main')));
  history.replaceState(null, '', address);
  if (focused) document.getElementById(focused)?.focus();
}

document.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-follows]');
  if (form) follow(form);
});
