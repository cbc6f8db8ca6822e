/**
 * Runs something now and then again and again, each time after it has ended; not while the page is in the background.
 * @returns what ends it
 */
export function every(pauseMs: number, run: () => unknown): () => void {
  let timer = 0;
  let isEnded = false;
  const round = async (): Promise<void> => {
    if (!document.hidden) {
      try {
        await run();
      } catch {
        // The next round tries again; the link's state is shown elsewhere.
      }
    }
    if (!isEnded) timer = window.setTimeout(() => void round(), pauseMs);
  };
  void round();
  return () => {
    isEnded = true;
    window.clearTimeout(timer);
  };
}
