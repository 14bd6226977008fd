// Runs before the first paint, as a classic script, so that a dark page never flashes white.
{
  const chosen = localStorage.getItem('alga-theme');
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.className = dark ? 'dark' : 'light';
}
