import { signOut, type Session } from './api.ts';
import { h, replace, setAttribute, setText } from './dom.ts';
import type { Page, PageContext, PageView } from './page-context.ts';
import { glyph } from './parts/glyph.ts';
import { logo } from './parts/logo.ts';
import { preferenceControls } from './parts/preferences.ts';
import { toast, toastPlace } from './parts/toast.ts';
import { loadPlaces, places, type Place } from './places.ts';
import type { TableName } from '../src/live/tables.ts';
import { Store, tableNames } from './store.ts';
import { LiveStream, type LinkState } from './stream.ts';
import { t } from './words.ts';

/** The other pages are fetched when the first view has been shown for so long. */
const loadOthersMs = 500;

/** Everything around the pages. @returns what takes it away */
export function showShell(root: Element, session: Session, onSignedOut: () => void): () => void {
  const store = new Store();
  const context: PageContext = { store, session, mayChange: session.role === 'operator' };
  const live = h('span', { class: 'live', role: 'status' }, h('i', {}), h('span', {}, t('link.connecting')));
  const title = h('h1', { tabindex: -1 });
  const content = h('div', { class: 'content' });
  const links = new Map(places.map(({ name }) => [name, navLink(name)]));
  let view: PageView | null = null;
  let wanted: Place | null = null;
  let link: LinkState = 'connecting';

  const showLink = (): void => {
    setAttribute(live, 'class', `live ${link === 'live' ? 'on' : link === 'lost' ? 'off' : ''}`);
    const from = store.cluster?.nodeId ?? '';
    setText(live.lastElementChild ?? live, link === 'live' ? t('link.live', { from }) : t(`link.${link}`));
  };

  const show = ({ name }: Place, page: Page): void => {
    const isFirst = view === null;
    view?.close?.();
    view = page(context);
    replace(content, view.element);
    // On a quiet stack nothing would change for a long time.
    if (store.cluster !== undefined) view.update?.(new Set(tableNames));
    setText(title, t(`nav.${name}`));
    document.title = `${t(`nav.${name}`)} · ${t('app.name')}`;
    for (const [each, element] of links) setAttribute(element, 'aria-current', each === name ? 'page' : null);
    if (isFirst) return;
    // Who reads by ear hears where he is now.
    title.focus();
    window.scrollTo(0, 0);
  };

  const goToPlace = async (): Promise<void> => {
    const name = location.hash.slice(2).split('/')[0];
    const place = places.find((each) => each.name === name) ?? places[0];
    if (place === wanted) return;
    wanted = place;
    const page = await place.load().catch((error: unknown) => error as Error);
    // Meanwhile one has gone elsewhere.
    if (place !== wanted) return;
    if (page instanceof Error) {
      wanted = null;
      toast(page.message, true);
    } else show(place, page);
  };
  const onHash = (): void => void goToPlace();

  const onLanguage = (): void => {
    leave();
    showShell(root, session, onSignedOut);
  };

  replace(
    root,
    h(
      'a',
      { class: 'skip', href: '#content', onclick: (event) => focusContent(event, title) },
      t('app.skip'),
    ),
    h(
      'div',
      { class: 'shell' },
      h(
        'div',
        { class: 'side' },
        h(
          'a',
          { class: 'brand', href: '#/overview', 'aria-label': t('app.name') },
          logo(),
          h('span', {}, t('app.name')),
        ),
        h('nav', { class: 'nav', 'aria-label': t('app.nav') }, ...links.values()),
        sideFoot(session, onSignedOut),
      ),
      h(
        'main',
        { class: 'main' },
        h('header', { class: 'top' }, title, live, preferenceControls(onLanguage)),
        content,
      ),
    ),
    toastPlace(),
  );

  const follow = followChanges(store, (changed) => {
    showLink();
    view?.update?.(changed);
  });
  const stream = new LiveStream(
    store,
    (state) => {
      if (state === link) return;
      link = state;
      showLink();
      if (state === 'live') window.setTimeout(loadPlaces, loadOthersMs);
    },
    onSignedOut,
  );
  window.addEventListener('hashchange', onHash);
  onHash();

  const leave = (): void => {
    window.removeEventListener('hashchange', onHash);
    wanted = null;
    follow();
    stream.close();
    view?.close?.();
  };
  return leave;
}

/** Tells of changes when there is something to paint: not in the background, and once a frame at most. */
function followChanges(store: Store, onChange: (changed: ReadonlySet<TableName>) => void): () => void {
  let waiting = new Set<TableName>();
  let frame = 0;
  const unwatch = store.watch((changed) => {
    for (const name of changed) waiting.add(name);
    if (frame !== 0 || waiting.size === 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      const told = waiting;
      waiting = new Set();
      onChange(told);
    });
  });
  return () => {
    unwatch();
    cancelAnimationFrame(frame);
  };
}

function navLink(name: Place['name']): HTMLAnchorElement {
  return h('a', { href: `#/${name}` }, glyph(name), h('span', {}, t(`nav.${name}`)));
}

function sideFoot(session: Session, onSignedOut: () => void): HTMLElement {
  const who = h(
    'div',
    {},
    t('session.who', { name: session.name ?? '', role: t(`role.${session.role ?? 'viewer'}`) }),
  );
  const leave = h(
    'button',
    { onclick: () => void signOut().then(onSignedOut, onSignedOut) },
    glyph('leave'),
    t('session.signOut'),
  );
  return h('div', { class: 'side-foot' }, who, session.canSignOut && leave);
}

function focusContent(event: Event, title: HTMLElement): void {
  event.preventDefault();
  title.focus();
}
