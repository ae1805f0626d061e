// A node and a browser together, and the people who use them. Every test file of pages begins here.
//
//   const house = await openHouse();
//   const page = await house.visitor(JA, PHONE);          nobody, on a page that went nowhere yet
//   const aiko = await house.member("aiko", EN, DARK);    a page on which aiko has signed in
//   await house.close();
import { openBrowser } from "./browser.mjs";
import { startNode } from "./node.mjs";

export * from "./browser.mjs";
export { startNode };

export const emailOf = (name) => `${name}@sample.example`;
export const passwordOf = (name) => `a long sample password for ${name}`;

export async function openHouse(settings = {}) {
  const node = await startNode(settings);
  const browser = await openBrowser().catch(async (error) => {
    await node.stop();
    throw error;
  });
  // Creates the account; `role` is owner, admin, moderator or member.
  const register = (name, role = "member") =>
    node.tsudoi(
      ["account", "create", name, "--email", emailOf(name), "--role", role, "--password-stdin"],
      `${passwordOf(name)}\n`,
    );
  // A new page on which a registered member has signed in through the form.
  const signIn = async (name, ...views) => {
    const page = await browser.visitor(...views);
    await page.goto(`${node.url}/login`);
    const form = page.locator("form", { has: page.locator("[autocomplete=current-password]") });
    await form.locator("[autocomplete=username]").fill(name);
    await form.locator("[autocomplete=current-password]").fill(passwordOf(name));
    await form.locator("[type=submit]").first().click();
    await page.waitForURL((at) => at.pathname !== "/login");
    return page;
  };
  const member = async (name, ...views) => {
    await register(name);
    return signIn(name, ...views);
  };
  const close = async () => {
    try {
      await browser.close();
    } finally {
      await node.stop();
    }
  };
  return { ...node, visitor: browser.visitor, register, signIn, member, close };
}
