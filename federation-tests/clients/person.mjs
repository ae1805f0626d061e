// A member at a browser without JavaScript: cookies, links and forms, enough of one to sign in and to allow a program.
import { emailOf, passwordOf } from "../browser/node.mjs";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"' };
const plain = (html) =>
  html.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name) =>
    name ? (ENTITIES[name] ?? all) : String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16)));
const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}=(?:"([^"]*)"|([^\\s>]+))`).exec(tag);
  return found ? plain(found[1] ?? found[2]) : "";
};

// A browser's answer to a page: its first form to `action` with what the page has filled in already.
function formTo(action, page) {
  const form = page.html.match(/<form[\s\S]*?<\/form>/g)?.find((text) => attribute(text, "action") === action);
  if (!form) throw new Error(`no form to ${action} on ${page.address}:\n${page.html}`);
  const inputs = form.match(/<input[^>]*>/g).filter((tag) => !/type="?(?:checkbox|radio)/.test(tag));
  return Object.fromEntries(inputs.map((tag) => [attribute(tag, "name"), attribute(tag, "value")]));
}

export function personAt(origin, name) {
  const cookies = new Map();

  // Follows redirects within the node, and gives the page, or the address of another place to which the node led.
  async function go(address, form) {
    const url = new URL(address, origin);
    if (url.origin !== origin) return { address: url.href, html: "" };
    const reply = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form && new URLSearchParams(form),
      redirect: "manual",
      headers: {
        cookie: [...cookies].map((pair) => pair.join("=")).join("; "),
        ...(form && { origin, "sec-fetch-site": "same-origin" }),
      },
    });
    for (const cookie of reply.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(key, value);
    }
    const next = reply.headers.get("location");
    if (next) return go(new URL(next, url).href);
    const html = await reply.text();
    if (!reply.ok) throw new Error(`${url}: ${reply.status}\n${html}`);
    return { address: url.href, html };
  }

  // Fills in what the page leaves open and presses the button.
  const submit = (page, action, filled) => go(action, { ...formTo(action, page), ...filled });

  // Opens the address that a program gave, signs in when asked who it is, and presses a button (`allow` or `deny`); gives where that led.
  async function answers(address, decision) {
    let page = await go(address);
    if (new URL(page.address).pathname === "/login") {
      page = await submit(page, "/login", { who: emailOf(name), password: passwordOf(name) });
    }
    return submit(page, "/oauth/authorize", { decision });
  }

  // Allows the program and gives the code that it gets, or that the page shows to copy by hand.
  async function allows(address) {
    const page = await answers(address, "allow");
    const shown = page.html.match(/<input[^>]*id="code"[^>]*>/);
    return shown ? attribute(shown[0], "value") : new URL(page.address).searchParams.get("code");
  }

  return { answers, allows };
}
