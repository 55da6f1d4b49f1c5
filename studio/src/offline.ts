// Pages of the site work without a network after the first visit. The studio's own server needs none: it has no such link.
let kept = false;

/** Keeps this page, what it has loaded, and all files of these folders of the site. */
export function keepOffline(folders: readonly string[]): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=offline]");
  if (kept || !link || !("serviceWorker" in navigator)) return;
  kept = true;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const files = [location.href.replace(/#.*/, ""), ...loaded];
  // Where a page may have no service worker (an old browser, a private window), it works as long as there is a network.
  navigator.serviceWorker.register(link.href).catch(() => {});
  void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage({ files, folders }));
}
