// Keeps what was opened, so that it works without a network. Files in assets/ have a hash in their name and never change; pages
// are fetched anew while there is a network.
const name = "unrolled";
const scope = self.registration.scope;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => event.waitUntil(keep(event.data)));

async function keep({ files, folders }) {
  const cache = await caches.open(name);
  const listed = await (await fetch(new URL("offline.json", scope), { cache: "no-cache" })).json();
  const wanted = new Set(files.filter((url) => url.startsWith(scope)));
  for (const folder of folders) for (const path of listed[folder] ?? []) wanted.add(new URL(path, scope).href);
  // Files of earlier versions go.
  const current = new Set(Object.values(listed).flatMap((paths) => paths.map((path) => new URL(path, scope).href)));
  for (const { url } of await cache.keys()) if (url.includes("/assets/") && !current.has(url)) await cache.delete(url);
  for (const url of wanted) if (!(await cache.match(url))) await cache.add(url).catch(() => {});
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(scope)) event.respondWith(answer(event));
});

async function answer(event) {
  const { request } = event;
  const cache = await caches.open(name);
  const fixed = request.url.includes("/assets/");
  const kept = await cache.match(request, { ignoreSearch: true });
  if (fixed && kept) return kept;
  try {
    const response = await fetch(request);
    // Where there is no room to keep it, the page still has its answer.
    if (response.ok) event.waitUntil(cache.put(request, response.clone()).catch(() => {}));
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
