/** The planner over the whole running system in real Chromium: a home that went quiet with an empty battery. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import { startVigie, type Vigie } from "../scripts/running.ts";
import { findingsOf, openAs, openChromium, type Seen } from "./browser.ts";
import { speakFor } from "./own-box.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-planner-"));
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
const minute = 60_000;

let vigie: Vigie;
let browser: Browser;
let home: string;
let wristband: string;

beforeAll(async () => {
  vigie = await startVigie(folder, [...anyPorts, "--homes", "1", "--since", "1"]);
  browser = await openChromium();
  ({ serial: home, wristband } = vigie.demo.box);
  const at = Date.now() - 125 * minute;
  await speakFor(vigie.demo).tell({ battery: 2, heartRate: 70, at });
}, 2 * minute);

afterAll(async () => {
  await browser.close();
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

async function rowOf(page: Page, section: string): Promise<string> {
  const row = page.locator(`section:has(#${section}) tr`, { hasText: home });
  await row.waitFor({ timeout: 30_000 });
  return (await row.innerText()).replaceAll(/\s+/g, " ");
}

async function close({ page, complaints }: Seen): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

test("a home that went quiet is said to be blind, for how long and why, and is to be visited", async () => {
  const seen = await openAs(browser, vigie.demo, { role: "fleet", path: "/" });
  const { page } = seen;
  await page.getByRole("link", { name: "Planner" }).click();
  const blind = await rowOf(page, "blind");
  expect(blind).toMatch(
    new RegExp(`^${home} 2 h 5 min .*${wristband}.* last reading 2 h 5 min ago$`),
  );
  expect(await rowOf(page, "visits")).toMatch(
    new RegExp(`^${home} overdue for .*${wristband} battery runs out \\(2 %\\)`),
  );
  expect(await findingsOf(page)).toEqual([]);

  await page.getByLabel("Without a reading for longer than").selectOption("P1D");
  const row = page.locator("section:has(#blind) tr", { hasText: home });
  await row.waitFor({ state: "detached" });
  await page
    .locator("section:has(#visits) tr", { hasText: home })
    .getByRole("link", { name: wristband })
    .click();
  await page.getByRole("heading", { name: wristband }).waitFor();
  await close(seen);
});

test("in French on a phone it is French, and no wider than the screen", async () => {
  const look = { language: "fr", width: 375, scheme: "dark" } as const;
  const seen = await openAs(browser, vigie.demo, { role: "support", path: "/planner", look });
  expect(await rowOf(seen.page, "visits")).toContain("batterie bientôt vide");
  expect(await seen.page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  expect(await findingsOf(seen.page)).toEqual([]);
  await close(seen);
});
