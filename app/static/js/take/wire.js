/* Talking to the server: one request at a time, with the form token, a time limit and a plain
   answer about what went wrong. */

const LIMIT_MS = 15000;

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No answer at all: no network, the server is down, or it took too long. */
export class Unreachable extends Error {}

export function openWire(form) {
  const field = form.elements.csrf_token;

  async function once(url, options) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), LIMIT_MS);
    let response;
    let text;
    try {
      response = await fetch(url, { credentials: "same-origin", signal: stop.signal, ...options });
      text = await response.text();
    } catch {
      throw new Unreachable();
    } finally {
      clearTimeout(timer);
    }
    let body = null;
    try {
      body = text ? JSON.parse(text) : {};
    } catch {
      // A page instead of JSON: a proxy's error, or the sign-in after a redirect.
      if (response.ok) throw new Refused(401, "signed_out", "");
    }
    if (!response.ok) throw new Refused(response.status, body?.code ?? "", body?.message ?? "");
    return body;
  }

  const headers = (type) => ({
    Accept: "application/json",
    "Content-Type": type,
    "X-CSRFToken": field.value,
  });

  /** After a sign-in in another window this page's token is old: take the one of a fresh page. */
  async function freshToken() {
    const response = await fetch(location.pathname, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = page.querySelector(`#${form.id} input[name=csrf_token]`);
    if (!found) throw new Refused(401, "signed_out", "");
    field.value = found.value;
  }

  async function send(url, makeOptions) {
    try {
      return await once(url, makeOptions());
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== "csrf") throw problem;
    }
    try {
      await freshToken();
    } catch (problem) {
      throw problem instanceof Refused ? problem : new Unreachable();
    }
    return once(url, makeOptions());
  }

  return {
    json: (url, body, more = {}) =>
      send(url, () => ({
        method: "POST",
        headers: headers("application/json"),
        body: JSON.stringify(body),
        ...more,
      })),
    /** `fields`: an object, or pairs where a name comes several times. */
    form: (url, fields) =>
      send(url, () => {
        const body = new URLSearchParams(fields);
        body.set("csrf_token", field.value);
        return {
          method: "POST",
          headers: headers("application/x-www-form-urlencoded"),
          body: body.toString(),
        };
      }),
    setToken(token) {
      field.value = token;
    },
  };
}
