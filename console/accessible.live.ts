/**
 * The pages for everybody: by keyboard alone, in both languages, in both colour schemes, on a phone.
 *
 * `SHOTS=folder bun test ./console/accessible.live.ts` keeps a picture of every view.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import type { TwinPage } from "#api/twins/contract.ts";

import { startVigie, type Vigie } from "../scripts/running.ts";
import { until } from "../scripts/until.ts";
import { findingsOf, type Look, openChromium, openPage, type Seen, signIn } from "./browser.ts";
import { en } from "./copy-en.ts";
import { fr } from "./copy-fr.ts";
import { speakFor } from "./own-box.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-accessible-"));
const shots = process.env["SHOTS"];
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
const minute = 60_000;

let vigie: Vigie;
let browser: Browser;

beforeAll(async () => {
  vigie = await startVigie(folder, [...anyPorts, "--homes", "55", "--since", "6"]);
  browser = await openChromium();
  const own = speakFor(vigie.demo);
  await own.raise("fall");
  await own.raise("device_error");
  await own.tell({ temperature: 36.6, at: Date.now() - 50 * 60 * minute });
  await own.tell({ heartRate: 71, battery: 12, at: Date.now() });
  await proposeChange();
  const alive = encodeURIComponent("presence.state==online;vitals.spo2=gt=0");
  await until(
    async () => {
      const { body } = await vigie.get<TwinPage>(`/v1/twins?filter=${alive}`, "doctor");
      return body.items.length > 0;
    },
    { what: "homes are online" },
  );
}, 2 * minute);

afterAll(async () => {
  await browser.close();
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

/** A bulk change that there is something to see of. */
async function proposeChange(): Promise<void> {
  const { status } = await fetch(`${vigie.demo.api}/v1/changes`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${vigie.demo.users["fleet"]!.token}`,
    },
    body: JSON.stringify({
      filter: "kind==wristband",
      patch: { parts: { config: { desired: { profile: "dense" } } } },
      reason: "2026-11",
    }),
  });
  expect(status).toBe(201);
}

/** Every view there is: where it stands, who sees it, and what is there once it is whole. */
const views = [
  { name: "sign-in", path: "/", role: undefined, whole: "#token" },
  { name: "fleet-doctor", path: "/", role: "doctor", whole: "#emergencies ~ .scroll" },
  { name: "fleet-manager", path: "/", role: "fleet", whole: "#accounting" },
  { name: "list", path: "/devices", role: "doctor", whole: "tbody tr" },
  { name: "list-empty", path: "/devices?filter=kind==scale", role: "fleet", whole: "main p.card" },
  { name: "wristband", path: "/devices/B-DEMO1", role: "doctor", whole: ".stale" },
  { name: "box", path: "/devices/X-F00001", role: "fleet", whole: ".timeline > li" },
  { name: "chart", path: "/devices?view=chart", role: "fleet", whole: ".bars h3" },
  { name: "changes", path: "/changes", role: "fleet", whole: "tbody tr" },
  { name: "new-change", path: "/changes/new?filter=kind==box", role: "fleet", whole: "#wanted" },
  { name: "past", path: "/devices/B-F00001?at=2", role: "fleet", whole: "tbody tr" },
  { name: "planner", path: "/planner", role: "fleet", whole: "#visits ~ p" },
] as const;

/** Those that follow no stream. */
const still: ReadonlySet<string> = new Set(["sign-in", "changes", "new-change", "past", "planner"]);

/** A view, whole, as somebody sees it who has signed in. */
async function open(view: (typeof views)[number], look: Partial<Look>): Promise<Seen> {
  const seen = await openPage(browser, look);
  const { page } = seen;
  await page.goto(vigie.demo.api + view.path);
  if (view.role !== undefined) await signIn(page, vigie.demo.users[view.role]!.token);
  await page.locator(view.whole).first().waitFor();
  if (!still.has(view.name)) await page.locator(".live:not(.off)").waitFor();
  if (shots !== undefined) {
    const how = [view.name, look.language ?? "en", look.scheme ?? "light", look.width ?? 1280];
    await page.screenshot({ path: join(shots, `${how.join("-")}.png`), fullPage: true });
  }
  return seen;
}

/** The page is done with, and the browser had nothing to complain of. */
async function close({ page, complaints }: Seen): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

describe("assistive technology", () => {
  for (const scheme of ["light", "dark"] as const) {
    test(
      `axe finds nothing against WCAG 2.2 AA on any view, ${scheme}`,
      async () => {
        for (const view of views) {
          const seen = await open(view, { scheme });
          expect([view.name, ...(await findingsOf(seen.page))]).toEqual([view.name]);
          await close(seen);
        }
      },
      2 * minute,
    );

    test(
      `axe finds nothing where something went wrong, ${scheme}`,
      async () => {
        const { page } = await openPage(browser, { scheme });
        await page.goto(vigie.demo.api);
        await page.fill("#token", "no.such.token");
        await page.keyboard.press("Enter");
        await page.getByRole("alert").waitFor();
        expect(await findingsOf(page)).toEqual([]);
        await signIn(page, vigie.demo.users["fleet"]!.token);
        await page.goto(`${vigie.demo.api}/devices?filter=nope`);
        await page.locator("mark").waitFor();
        await page.locator("summary").click();
        expect(await findingsOf(page)).toEqual([]);
        await page.goto(`${vigie.demo.api}/devices/B-NONE`);
        await page.getByText("There is no such device.").waitFor();
        expect(await findingsOf(page)).toEqual([]);
        await page.context().close();
      },
      minute,
    );
  }
});

describe("the keyboard", () => {
  interface Focus {
    readonly text: string;
    readonly isSeen: boolean;
  }

  /** What has the focus, and whether one sees that it has: drawn round, and within the window. */
  const focusOf = (page: Page): Promise<Focus> =>
    page.evaluate(() => {
      const element = document.activeElement ?? document.body;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { top, bottom, left, width } = element.getBoundingClientRect();
      const isInside = bottom > 0 && top < innerHeight && left >= 0 && width > 0;
      const text = element.id === "" ? (element.textContent ?? "") : `#${element.id}`;
      return { text, isSeen: isInside && outlineStyle !== "none" && outlineWidth !== "0px" };
    });

  /** Presses Tab until that has the focus; every stop on the way is seen. */
  const tabTo = async (page: Page, text: string, key = "Tab"): Promise<void> => {
    for (let stop = 0; stop < 60; stop++) {
      await page.keyboard.press(key);
      const focus = await focusOf(page);
      expect(focus).toMatchObject({ text: focus.text, isSeen: true });
      if (focus.text === text) return;
    }
    throw new Error(`no way to ${text}`);
  };

  test(
    "leads from signing in through the list to a twin, and one sees where it is",
    async () => {
      const seen = await openPage(browser);
      const { page } = seen;
      await page.goto(vigie.demo.api);
      await page.locator("#token").waitFor();
      await page.keyboard.press("Tab");
      expect(await focusOf(page)).toEqual({ text: en.skip, isSeen: true });
      await page.keyboard.press("Enter");
      expect((await focusOf(page)).text).toBe("#content");
      await tabTo(page, "#token");
      await page.keyboard.type(vigie.demo.users["doctor"]!.token);
      await page.keyboard.press("Enter");
      await page.locator("#presence").waitFor();

      expect((await focusOf(page)).text).toBe("#content");
      await tabTo(page, en.devices, "Shift+Tab");
      await page.keyboard.press("Enter");
      await page.locator("tbody tr").first().waitFor();
      expect((await focusOf(page)).text).toBe("#content");
      await tabTo(page, "B-F00003");
      await page.keyboard.press("Enter");
      await page.locator("table.leaves").waitFor();
      expect(await page.locator("h1").innerText()).toBe("B-F00003 wristband");
      expect(await page.title()).toBe("B-F00003 · Vigie");
      expect((await focusOf(page)).text).toBe("#content");
      await close(seen);
    },
    minute,
  );
});

describe("French", () => {
  const french: ReadonlySet<string> = new Set(Object.values(fr));
  /** Words, not mere punctuation. */
  const englishOnly = new Set<string>(
    Object.values(en).filter((text) => !french.has(text) && /\p{L}/u.test(text)),
  );

  /** Every piece of text on the page. */
  const textsOf = (page: Page): Promise<string[]> =>
    page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: string[] = [];
      while (walker.nextNode() !== null) texts.push(walker.currentNode.textContent?.trim() ?? "");
      return texts;
    });

  test(
    "is spoken on every view: no English word, no bare code",
    async () => {
      for (const view of views) {
        const seen = await open(view, { language: "fr" });
        const texts = await textsOf(seen.page);
        const foreign = texts.filter((text) => englishOnly.has(text) && text !== fr.otherLanguage);
        expect([view.name, ...foreign]).toEqual([view.name]);
        const codes = texts.filter((text) => /^[a-z]+_[a-z_]+$/.test(text));
        expect([view.name, ...codes]).toEqual([view.name]);
        expect(texts.some((text) => french.has(text))).toBe(true);
        expect(await seen.page.getAttribute("html", "lang")).toBe("fr");
        await close(seen);
      }
    },
    2 * minute,
  );

  test("is chosen with a button, and kept for the next visit", async () => {
    const seen = await openPage(browser);
    const { page } = seen;
    await page.goto(vigie.demo.api);
    await page.getByRole("button", { name: "Français" }).click();
    await page.getByText(fr.token, { exact: true }).waitFor();
    await page.reload();
    await page.getByText(fr.token, { exact: true }).waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("fr");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByText(en.token, { exact: true }).waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("en");
    await close(seen);
  });
});

test(
  "on a phone, 375 px wide, no page is wider than the screen",
  async () => {
    for (const view of views) {
      const seen = await open(view, { language: "fr", width: 375 });
      const width = await seen.page.evaluate(() => document.documentElement.scrollWidth);
      expect([view.name, width]).toEqual([view.name, 375]);
      await close(seen);
    }
  },
  2 * minute,
);
