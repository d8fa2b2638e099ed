// Runs before the first paint: no flash of the wrong colours, and CSS knows that scripts run.
const root = document.documentElement;
root.dataset['js'] = '';
try {
  const chosen = localStorage.getItem('theme');
  // What the address names, and so the server has set, goes before.
  if (root.dataset['theme'] === undefined && (chosen === 'dark' || chosen === 'light')) root.dataset['theme'] = chosen;
} catch {
  // Storage is switched off: the system's colours stay.
}
