/** Swagger UI's dark colours hang on a class; it follows the reader's system. */
const dark = matchMedia('(prefers-color-scheme: dark)');

const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);

dark.addEventListener('change', follow);
follow();
