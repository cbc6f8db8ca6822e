/** The anchor of a heading by GitHub's rule, so that a link works on both. `seen` counts repeated ones. */
export function anchorOf(heading: string, seen: Map<string, number>): string {
  const base = heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
  const count = seen.get(base) ?? 0;
  seen.set(base, count + 1);
  return count === 0 ? base : `${base}-${count}`;
}

/** All anchors of a document. */
export function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const outsideCode = markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return new Set(
    [...outsideCode.matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading]) => anchorOf(heading ?? '', seen)),
  );
}
