import { signIn } from './api.ts';
import { h, replace } from './dom.ts';
import { field } from './parts/card.ts';
import { logo } from './parts/logo.ts';
import { preferenceControls } from './parts/preferences.ts';
import { t } from './words.ts';

/** Asks for the token. */
export function signInView(onSignedIn: () => void): HTMLElement {
  const token = h('input', {
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    name: 'token',
  });
  const name = h('input', { autocomplete: 'username', maxlength: 64, name: 'name' });
  const problem = h('div', { role: 'alert' });
  const submit = h('button', { class: 'primary', type: 'submit' }, t('signIn.action'));
  const form = h(
    'form',
    {
      class: 'card',
      onsubmit: (event) => {
        event.preventDefault();
        submit.disabled = true;
        signIn(token.value, name.value).then(onSignedIn, (error: unknown) => {
          submit.disabled = false;
          replace(problem, h('div', { class: 'notice bad' }, (error as Error).message));
          token.select();
        });
      },
    },
    h('div', { class: 'brand' }, logo(), h('h1', {}, t('app.name'))),
    h('p', {}, t('signIn.text')),
    field(t('signIn.token'), token),
    field(t('signIn.name'), name, t('signIn.nameHint')),
    problem,
    submit,
    preferenceControls(() => form.parentElement?.replaceWith(signInView(onSignedIn))),
  );
  return h('main', { class: 'sign-in' }, form);
}
