// Shows the kept ticket where there is no network, or a server that fails. A ticket that is over is forgotten at once.

const CACHE = "lystok-ticket";
const PATIENCE_MS = 4000;
const OVER = [404, 410];
const FAULT = 500;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fresh(request) {
  const cache = await caches.open(CACHE);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(request.url, { signal: stop.signal, redirect: "follow" });
    if (response.ok) await cache.put(request.url, response.clone());
    else if (OVER.includes(response.status)) await cache.delete(request.url);
    else if (response.status >= FAULT) return (await cache.match(request.url)) ?? response;
    return response;
  } catch (trouble) {
    const kept = await cache.match(request.url);
    if (kept) return kept;
    throw trouble;
  } finally {
    clearTimeout(timer);
  }
}

async function kept(request) {
  const found = await (await caches.open(CACHE)).match(request, { ignoreVary: true });
  return found ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(request.mode === "navigate" ? fresh(request) : kept(request));
});
