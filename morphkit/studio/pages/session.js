// The key of this studio, and requests that carry it.

const NAME = "morphkit-studio-key";
/** Milliseconds until a studio that did not answer is asked again. */
export const AGAIN = 3000;

export class Refused extends Error {
  constructor(status, data) {
    super(data.error || `the studio answered ${status}`);
    this.status = status;
    this.data = data;
  }
}

/** Buy the key with the token of the address, if there is one. */
export async function open() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  const { key } = await ask("/api/key", { method: "POST", data: { token } });
  localStorage.setItem(NAME, key);
}

/** What is awaited of the studio; fetch tells by a TypeError that nothing more comes. */
async function answered(awaited) {
  try {
    return await awaited;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refused(0, { error: "the studio does not answer; is it still running?" });
  }
}

async function send(path, { method = "GET", data, version, signal, keepalive } = {}) {
  const headers = { "X-Studio-Key": localStorage.getItem(NAME) || "" };
  if (data !== undefined) headers["Content-Type"] = "application/json";
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  const answer = await answered(fetch(path, {
    method,
    headers,
    signal,
    keepalive,
    body: data === undefined ? undefined : JSON.stringify(data),
  }));
  if (answer.ok) return answer;
  const found = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, found);
}

export async function ask(path, options) {
  return answered((await send(path, options)).json());
}

/** Return the address of a picture that was fetched with the key. */
export async function picture(path, options) {
  return URL.createObjectURL(await answered((await send(path, options)).blob()));
}

export const faceAt = (id, rest = "") => `/api/faces/${encodeURIComponent(id)}${rest}`;
