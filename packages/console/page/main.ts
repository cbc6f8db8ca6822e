import { readSession, whenSignedOut, type Session } from './api.ts';
import { replace } from './dom.ts';
import { showShell } from './shell.ts';
import { signInView } from './sign-in.ts';
import { applyTheme } from './theme.ts';
import { preferredLanguage, useLanguage } from './words.ts';

const root = document.querySelector('#app') ?? document.body;
let leave: () => void = () => undefined;

/** Shows what the visitor may see: the console, or the way in. */
async function start(): Promise<void> {
  leave();
  leave = () => undefined;
  let session: Session | null = null;
  try {
    session = await readSession();
  } catch {
    // Said below: without an answer there is nothing to show but the way in.
  }
  if (session?.signedIn === true) leave = showShell(root, session, () => void start());
  else
    replace(
      root,
      signInView(() => void start()),
    );
}

applyTheme();
await useLanguage(preferredLanguage());
whenSignedOut(() => void start());
await start();
