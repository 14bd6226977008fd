import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { connect } from './bridge.ts';
import './styles.css';
import { applyTheme } from './theme.ts';

const bridge = connect();
bridge.onTheme(applyTheme);

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);

// The host hides its loading screen and sends its colours when it hears this.
bridge.ready();
