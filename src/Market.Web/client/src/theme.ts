// Runs before the first paint: no flash of the wrong colours, and CSS knows that scripts run.
const root = document.documentElement;
root.dataset['js'] = '';
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'dark' || chosen === 'light') root.dataset['theme'] = chosen;
} catch {
  // Storage is switched off: the system's colours stay.
}
