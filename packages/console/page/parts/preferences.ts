import { h } from '../dom.ts';
import { chosenTheme, themes, useTheme } from '../theme.ts';
import { chooseLanguage, language, languages, t } from '../words.ts';
import { segments } from './card.ts';

/** Theme and language. @param onLanguage called when the words have changed */
export function preferenceControls(onLanguage: () => void): HTMLElement {
  return h(
    'div',
    { class: 'row preferences' },
    segments(
      t('preferences.theme'),
      themes.map((value) => ({ value, text: t(`preferences.${value}`) })),
      chosenTheme(),
      useTheme,
    ),
    segments(
      t('preferences.language'),
      languages.map(({ code, name }) => ({ value: code, text: name })),
      language(),
      (code) => void chooseLanguage(code).then(onLanguage),
    ),
  );
}
