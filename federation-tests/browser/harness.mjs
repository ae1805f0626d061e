// A node and a browser together, and the people who use them. Every test file of pages begins here.
//
//   const house = await openHouse();
//   const page = await house.visitor(JA, PHONE);          nobody, on a page that went nowhere yet
//   const aiko = await house.member("aiko", EN, DARK);    a page on which aiko has signed in
//   await house.close();
import { openBrowser } from "./browser.mjs";
import { passwordOf, startNode } from "./node.mjs";

export * from "./browser.mjs";
export * from "./node.mjs";

export async function openHouse(settings = {}) {
  const node = await startNode(settings);
  const browser = await openBrowser().catch(async (error) => {
    await node.stop();
    throw error;
  });
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
    await node.register(name);
    return signIn(name, ...views);
  };
  const close = async () => {
    try {
      await browser.close();
    } finally {
      await node.stop();
    }
  };
  return { ...node, visitor: browser.visitor, signIn, member, close };
}
