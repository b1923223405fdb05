// The REST interface, as the page uses it. No DOM, no Vue.

const BASE = "/api/dam";

/** An answer that is an error; `message` is the server's sentence. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** What a GET is asked with: it can be aborted, and waited for. */
export function request() {
  const asked = new AbortController();
  asked.ended = new Promise((resolve) => { asked.end = resolve; });
  return asked;
}

/** GET an address as JSON; raises ApiError. */
export const get = (path, { signal } = {}) => ask(path, { signal });

/** POST a value as JSON; gives the answer's JSON; raises ApiError. */
export const post = (path, value) => ask(path, { method: "POST", body: JSON.stringify(value) });

/** PATCH with a value as JSON; gives the answer's JSON; raises ApiError. */
export const patch = (path, value) => ask(path, { method: "PATCH", body: JSON.stringify(value) });

async function ask(path, options) {
  const kinds = { Accept: "application/json", ...(options.body && { "Content-Type": "application/json" }) };
  let response;
  try {
    response = await fetch(BASE + path, { ...options, headers: kinds });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The server cannot be reached.", 0);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(body?.error?.message ?? `The server answered with status ${response.status}.`, response.status);
  return body;
}

/** The address of a page of the list. */
export function listPath({ query = "", types = [], sort = "captured", cursor = null, limit = 100, trashed = false, members = null }) {
  const parameters = new URLSearchParams({ sort, limit });
  if (query) parameters.set("query", query);
  for (const type of types) parameters.append("type", type);
  if (cursor) parameters.set("cursor", cursor);
  if (trashed) parameters.set("trashed", "true");
  if (members !== null) parameters.set("members", members);
  return `/assets?${parameters}`;
}

export const contentUrl = (id, download = false) => `${BASE}/assets/${id}/content${download ? "?download=1" : ""}`;
export const thumbnailUrl = (asset, size) => `${BASE}/assets/${asset.id}/thumbnail/${size}?v=${(asset.sha256 ?? "").slice(0, 16)}${asset.status === "partial" ? "&partial=1" : ""}`; // the whole has another picture

const SHOWN_BY_BROWSERS = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"]);
const OPENED_BY_BROWSERS = new Set([...SHOWN_BY_BROWSERS, "application/pdf"]);
const MOST_BYTES = 40e6;
const MOST_PIXELS = 60e6;

/** Where the large picture of an asset is: the original where browsers can show it, else a large thumbnail. */
export function pictureUrl(asset) {
  const fits = (asset.size ?? 0) <= MOST_BYTES && (asset.width ?? 0) * (asset.height ?? 0) <= MOST_PIXELS;
  const readable = asset.status !== "missing" && SHOWN_BY_BROWSERS.has(asset.mime_type);
  return readable && fits ? contentUrl(asset.id) : thumbnailUrl(asset, "large");
}

/** Whether a browser shows the original itself, in a window of its own. */
export const opens = (asset) => asset.status !== "missing" && OPENED_BY_BROWSERS.has(asset.mime_type);

/** Listen to changes; gives the EventSource. `heard` has a function for each event's name. */
export function listen(heard) {
  const source = new EventSource(`${BASE}/events`);
  for (const [name, tell] of Object.entries(heard)) source.addEventListener(name, (event) => tell(event.data ? JSON.parse(event.data) : null));
  return source;
}
