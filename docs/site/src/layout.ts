import type { Page } from './pages.ts';
import { relative } from './render.ts';

const style = `
:root { color-scheme: light dark; --line: light-dark(#ddd, #333); --soft: light-dark(#f5f6f8, #1b1d22); }
body { margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); font: 16px/1.6 system-ui, sans-serif; }
nav { padding: 1rem; border-right: 1px solid var(--line); height: 100vh; overflow: auto; position: sticky; top: 0;
  box-sizing: border-box; font-size: .9rem; }
nav h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; margin: 1.2rem 0 .3rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { text-decoration: none; } nav a[aria-current] { font-weight: 700; }
main { padding: 1rem 2rem 4rem; max-width: 58rem; }
pre, code { font: .9em/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }
code { padding: .1em .3em; } pre { padding: .8rem; overflow: auto; } pre code { padding: 0; }
table { border-collapse: collapse; display: block; overflow: auto; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } }
`;

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A whole page of the site: menu and content, in one file with nothing from elsewhere and no script. */
export function layOut(page: Page, content: string, all: readonly Page[]): string {
  const sections = [...new Set(all.map(({ section }) => section))];
  const link = (other: Page) => {
    const current = other === page ? ' aria-current="page"' : '';
    return `<li><a href="${relative(page.target, other.target)}"${current}>${escape(other.title)}</a></li>`;
  };
  const menu = sections.map((section) => {
    const links = all.filter((other) => other.section === section).map(link);
    return `<h2>${section}</h2><ul>${links.join('')}</ul>`;
  });
  return `<!doctype html>
<html lang="${page.source.endsWith('.ko.md') ? 'ko' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(page.title)} - Hanok</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="All pages">${menu.join('\n')}</nav>
<main>${content}</main>
</body>
</html>
`;
}
