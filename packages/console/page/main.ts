import { readSession, whenSignedOut } from './api.ts';
import { replace } from './dom.ts';
import { showShell } from './shell.ts';
import { signInView } from './sign-in.ts';
import { applyTheme } from './theme.ts';
import { preferredLanguage, useLanguage } from './words.ts';

const root = document.querySelector('#app') ?? document.body;
let leave: () => void = () => undefined;

/** Shows what the visitor may see: the console, or the way in. @param ready what must be there before anything is shown */
async function start(ready?: Promise<void>): Promise<void> {
  leave();
  leave = () => undefined;
  // Without an answer there is nothing to show but the way in, where it is said.
  const [session] = await Promise.all([readSession().catch(() => null), ready]);
  if (session?.signedIn === true) leave = showShell(root, session, () => void start());
  else
    replace(
      root,
      signInView(() => void start()),
    );
}

applyTheme();
whenSignedOut(() => void start());
await start(useLanguage(preferredLanguage()));
