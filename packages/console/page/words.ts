import type { Dictionary, WordKey } from './dictionaries/en.ts';

export type Language = 'en' | 'ko';

export const languages: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ko', name: '한국어' },
];

const storageKey = 'hanok.language';

let words: Dictionary | null = null;
let current: Language = 'en';

/** The language in use. */
export function language(): Language {
  return current;
}

/** The one chosen before, else what the browser prefers. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(storageKey);
  if (stored === 'en' || stored === 'ko') return stored;
  return navigator.language.startsWith('ko') ? 'ko' : 'en';
}

/** Fetches the words of a language and uses it from now on. */
export async function useLanguage(code: Language): Promise<void> {
  words =
    code === 'ko' ? (await import('./dictionaries/ko.ts')).ko : (await import('./dictionaries/en.ts')).en;
  current = code;
  document.documentElement.lang = code;
}

/** The same, remembered for the next visit. */
export async function chooseLanguage(code: Language): Promise<void> {
  localStorage.setItem(storageKey, code);
  await useLanguage(code);
}

/** A text, with its `{places}` filled in. */
export function t(key: WordKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text: string = words?.[key] ?? key;
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The text of a word that came from a service, such as a state; the word itself when it is not known. */
export function word(prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return words !== null && key in words ? words[key as WordKey] : value;
}
