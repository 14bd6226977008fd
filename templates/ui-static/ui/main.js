import { onTheme, ready } from './host.js';

const clicks = document.getElementById('clicks');
document.getElementById('click')?.addEventListener('click', () => {
  clicks.textContent = String(Number(clicks.textContent) + 1);
});

onTheme((tokens) => {
  for (const [name, value] of Object.entries(tokens)) document.documentElement.style.setProperty(name, value);
});
ready();
