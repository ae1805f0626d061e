// Debian's Chromium, the ways in which a person may look at a page, and what every page must pass.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

// Views combine: visitor(JA, PHONE, DARK). The later one wins where two speak of the same thing.
export const JA = { locale: "ja-JP" };
export const EN = { locale: "en-US" };
export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const NO_SCRIPT = { javaScriptEnabled: false };
export const DARK = { colorScheme: "dark" };
export const PRINT = { media: "print" };

const EVERYONE = { ...JA, ...DESKTOP, colorScheme: "light", reducedMotion: "reduce", timezoneId: "Asia/Tokyo" };

const WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
// Pages whose scripts are off.
const still = new WeakSet();
const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function openBrowser() {
  const chrome = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: process.getuid?.() !== 0, // it refuses to sandbox for root
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const troubles = [];

  // A new page for somebody with no cookies. Script errors and refusals by the page's own policy are
  // collected, and close() fails on them.
  const visitor = async (...views) => {
    const { media, ...options } = Object.assign({}, EVERYONE, ...views);
    const context = await chrome.newContext(options);
    const page = await context.newPage();
    if (options.javaScriptEnabled === false) still.add(page);
    if (media) await page.emulateMedia({ media });
    page.on("pageerror", (error) => troubles.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) troubles.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  };
  const close = async () => {
    await chrome.close();
    assert.deepEqual(troubles, [], "no script fails and no page breaks its own policy");
  };
  return { visitor, close };
}

// Asserts that axe finds nothing against WCAG 2.2 AA on the page as it stands.
export async function axe(page) {
  // Timers stand still where scripts are off, so there axe gets one that does not wait.
  const timer = still.has(page) ? "(work) => { Promise.resolve().then(work) }" : "setTimeout";
  await page.evaluate(`((setTimeout) => { ${axeSource} })(${timer})`);
  const options = { runOnly: WCAG_2_2_AA, resultTypes: ["violations"], preload: !still.has(page) };
  const violations = await page.evaluate(async (options) => {
    const report = await globalThis.axe.run(document, options);
    return report.violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary}`));
  }, options);
  assert.equal(violations.join("\n"), "", `axe on ${page.url()}`);
}

// Asserts that nothing makes the page wider than its window (WCAG 1.4.10, reflow).
export async function fitsTheWindow(page) {
  const [content, room] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= room, `${page.url()} is ${content} px wide in a window of ${room}`);
}

// Writes NAME.png of the whole page into the folder TSUDOI_SCREENSHOTS; without one, none is taken.
export async function screenshot(page, name) {
  const folder = process.env.TSUDOI_SCREENSHOTS;
  if (!folder) return undefined;
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}
