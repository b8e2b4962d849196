/** Sets the class that switches Swagger UI's dark colours on, as the reader's system asks for. */
const dark = matchMedia('(prefers-color-scheme: dark)');

const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);

dark.addEventListener('change', follow);
follow();
