/** One device on the page and in its home: wishes, tags and commands, over the whole running system in real Chromium. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Locator, Page } from "playwright-core";

import type { TwinPage, TwinView } from "#api/twins/contract.ts";
import { declaredLeaves } from "#twins/model.ts";
import { repertoires } from "#wire/commands.ts";

import { startVigie, type Vigie } from "../scripts/running.ts";
import { until } from "../scripts/until.ts";
import { findingsOf, openAs, openChromium, type Seen } from "./browser.ts";
import { en } from "./copy-en.ts";
import { fr } from "./copy-fr.ts";
import { acts, wishable } from "./twin/repertoire.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-twin-"));
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
const minute = 60_000;

let vigie: Vigie;
let browser: Browser;
/** A wristband whose home is connected, and one whose home never is. */
let alive: string;
let away: string;

beforeAll(async () => {
  vigie = await startVigie(folder, [...anyPorts, "--homes", "3", "--since", "1"]);
  browser = await openChromium();
  away = vigie.demo.box.wristband;
  const filter = encodeURIComponent("kind==wristband;presence.state==online;config.profile==seed");
  await until(
    async () => {
      const { body } = await vigie.get<TwinPage>(`/v1/twins?filter=${filter}`);
      alive = body.items[0]?.id ?? "";
      return alive !== "";
    },
    { what: "a wristband is online" },
  );
}, 2 * minute);

afterAll(async () => {
  await browser.close();
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

const open = (role: string, serial: string): Promise<Seen> =>
  openAs(browser, vigie.demo, { role, path: `/devices/${serial}` });

async function close({ page, complaints }: Seen): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

/** Writes as somebody else would, not through the page. */
async function patchApart(serial: string, body: unknown, query = ""): Promise<void> {
  const answer = await fetch(`${vigie.demo.api}/v1/twins/${serial}?${query}`, {
    method: "PATCH",
    headers: {
      "content-type": "application/merge-patch+json",
      authorization: `Bearer ${vigie.demo.users["admin"]!.token}`,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

async function twinOf(serial: string): Promise<TwinView> {
  const { body } = await vigie.get<TwinView>(`/v1/twins/${serial}?include=sync`);
  return body;
}

/** A row with the sentence below it. */
const rowOf = (page: Page, leaf: string): Locator =>
  page.locator(`tr:has(code:text-is("${leaf}"))`);
const sentenceOf = (page: Page, leaf: string): Locator =>
  page.locator(`tr:has(code:text-is("${leaf}")) + tr.about`);
const change = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name: `Change ${name}` }).click();

test("what the pages offer is what each kind of device takes", () => {
  for (const [kind, leaves] of Object.entries(declaredLeaves)) {
    const offered = wishable[kind as keyof typeof wishable];
    const technical = Object.entries(leaves).filter(([, rule]) => rule.class !== "personal");
    expect(Object.keys(offered)).toEqual(technical.map(([path]) => path));
    for (const [path, rule] of technical) expect(rule).toMatchObject(offered[path]!);
    const known = Object.entries(repertoires[kind as keyof typeof repertoires]);
    const told = known.flatMap(([name, args]) => {
      const [values] = Object.entries(args);
      return values === undefined ? [name] : values[1].map((value) => `${name}/${value}`);
    });
    const offers = acts[kind as keyof typeof acts].map(({ name, args }) =>
      [name, ...Object.values(args)].join("/"),
    );
    expect(offers.toSorted()).toEqual(told.toSorted());
    for (const code of offers)
      expect([en, fr].every((copy) => `command.${code}` in copy)).toBe(true);
  }
});

describe("a wish", () => {
  test("is set in the form, taken over by the device, and told with who and why", async () => {
    const seen = await open("fleet", alive);
    const { page } = seen;
    await change(page, "low oxygen alarm under");
    await page.getByLabel("Desired").fill("87");
    await page.getByLabel("Reason").fill("nuit d’essai");
    await page.getByLabel("Deadline").selectOption("PT1H");
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await rowOf(page, "config.hypoxaemia").getByText("applied").waitFor({ timeout: 20_000 });
    expect(await page.getByRole("dialog").count()).toBe(0);
    const sentence = await sentenceOf(page, "config.hypoxaemia").innerText();
    expect(sentence).toMatch(/The device works this way\. .*by you, .* nuit d’essai/s);
    expect(await rowOf(page, "config.hypoxaemia").innerText()).toMatch(/87.*87/s);
    const { sync } = await twinOf(alive);
    expect(sync?.["config/hypoxaemia"]).toMatchObject({ state: "applied", why: "nuit d’essai" });
    await close(seen);
  });

  test("for a home that is away is pending, and withdrawn again", async () => {
    const seen = await open("fleet", away);
    const { page } = seen;
    await change(page, "profile");
    await page.getByLabel("Desired").selectOption("dense");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await rowOf(page, "config.profile").getByText("pending").waitFor();
    await change(page, "profile");
    await page.getByRole("button", { name: "Withdraw the wish" }).click();
    await rowOf(page, "config.profile").getByText("pending").waitFor({ state: "detached" });
    expect((await twinOf(away)).sync).toEqual({});
    await close(seen);
  });

  test("whose deadline has passed is said to have, with what to do", async () => {
    const body = { parts: { config: { desired: { hypoxaemia: 90 } } } };
    await patchApart(away, body, "deadline=PT1S&reason=brief");
    const seen = await open("fleet", away);
    await rowOf(seen.page, "config.hypoxaemia").getByText("expired").waitFor({ timeout: 20_000 });
    const sentence = await sentenceOf(seen.page, "config.hypoxaemia").innerText();
    expect(sentence).toMatch(/set it again or withdraw it\. .*by admin@demo, .*brief/s);
    await close(seen);
  });

  test("that is given up leaves everything as it was, and the keyboard where it was", async () => {
    const seen = await open("fleet", away);
    const { page } = seen;
    await page.getByRole("button", { name: "Change profile" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const focus = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    expect(focus).toBe("Change profile");
    expect((await twinOf(away)).sync?.["config/profile"]).toBeUndefined();
    await close(seen);
  });

  test("that somebody else changed meanwhile is shown before it is written over", async () => {
    const { page, complaints } = await open("fleet", away);
    await change(page, "fast pulse alarm above");
    await page.getByLabel("Desired").fill("170");
    await patchApart(away, {
      parts: { config: { desired: { heartRateHigh: 150 } } },
      tags: { lot: "L7" },
    });
    await page.keyboard.press("Enter");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    const text = (await alert.innerText()).replaceAll(/\s+/g, " ");
    expect(text).toContain("fast pulse alarm above: nothing → 150 /min, admin@demo");
    expect(text).toContain("tags/lot: nothing → L7");
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Write over it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect((await twinOf(away)).parts["config"]?.desired["heartRateHigh"]).toBe(170);
    // The refusal itself is all that the browser has to say.
    expect(complaints).toEqual([expect.stringContaining("412")]);
    await page.context().close();
  });

  test("is not lost to a reading that comes in between", async () => {
    const { page } = await open("fleet", alive);
    await change(page, "slow pulse alarm under");
    await page.getByLabel("Desired").fill("42");
    const { rev } = await twinOf(alive);
    await page.route(
      (url) => url.pathname.endsWith(alive) && !url.searchParams.has("include"),
      (route) => {
        const headers = { ...route.request().headers(), "if-match": `"${rev - 1}"` };
        return route.continue({ headers });
      },
      { times: 1 },
    );
    await page.keyboard.press("Enter");
    await rowOf(page, "config.heartRateLow").getByText("applied").waitFor({ timeout: 20_000 });
    await page.context().close();
  });
});

describe("tags", () => {
  test("are added, changed and taken away, and lead to the devices that share them", async () => {
    const seen = await open("fleet", alive);
    const { page } = seen;
    await page.getByRole("button", { name: "Edit tags" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("lot");
    await page.getByRole("textbox", { name: "Value lot" }).fill("L’42 'b'");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "lot L’42 'b'" }).click();
    await page.locator("tbody tr").waitFor();
    expect(await page.locator("tbody th").allInnerTexts()).toEqual([alive]);
    await page.goBack();
    await page.getByRole("button", { name: "Edit tags" }).click();
    await page.getByRole("button", { name: "Remove lot" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await until(async () => Object.keys((await twinOf(alive)).tags).length === 0, {
      what: "the tag is gone",
    });
    await close(seen);
  });
});

describe("history", () => {
  test("tells what changed, by whom and why, proves itself, and shows the device as it stood", async () => {
    const seen = await open("fleet", alive);
    const { page } = seen;
    const entry = page.locator(".timeline > li").filter({ hasText: "nuit d’essai" });
    await entry.waitFor({ timeout: 20_000 });
    expect((await entry.innerText()).replaceAll(/\s+/g, " ")).toMatch(
      /API · you: .*wish for low oxygen alarm under: 87 % wish for low oxygen alarm under: pending/,
    );
    await page.getByRole("button", { name: "Verify the history" }).click();
    await page.getByText(/all \d+ records are as they were written/).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    const file = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download as evidence" }).click();
    expect((await file).suggestedFilename()).toMatch(/^B-F\d+-\d+\.ndjson$/);

    await entry.getByRole("link", { name: /as it stood/ }).click();
    await page.getByText("This is how it stood from").waitFor();
    const row = page.locator("tr", { hasText: "low oxygen alarm under" });
    expect((await row.innerText()).replaceAll(/\s+/g, " ")).toMatch(/ 85 % .* 87 % pending$/);
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole("link", { name: "Back to now" }).click();
    await page.locator("table.leaves").waitFor();
    await close(seen);
  });

  test("that was tampered with is said to be, and so is a time before there was anything", async () => {
    const { page } = await open("support", alive);
    await page.route("**/history/verify", (route) =>
      route.fulfill({ json: { holds: false, rev: 3, after: 2 } }),
    );
    await page.getByRole("button", { name: "Verify the history" }).click();
    expect(await page.getByRole("alert").innerText()).toMatch(/tampered .* revision 3\./);
    await page.getByLabel("As it stood at").fill("2020-01-01T08:00");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByText("It did not exist then.").waitFor();
    await page.context().close();
  });
});

describe("commands", () => {
  const orders = (page: Page): Locator => page.locator("section:has(#orders) tbody tr");

  test("are done by the device, and one sees it", async () => {
    const seen = await open("fleet", alive);
    await seen.page.getByRole("button", { name: "Measure pulse now" }).click();
    await orders(seen.page).getByText("done", { exact: true }).waitFor({ timeout: 20_000 });
    await close(seen);
  });

  test("for a home that is away wait, and are called back", async () => {
    const seen = await open("support", away);
    const { page } = seen;
    await page.getByRole("button", { name: "Restart" }).click();
    await page.getByLabel("Reason").fill("does not answer");
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Tell the device" }).click();
    const order = orders(page).first();
    await order.getByText("waiting").waitFor();
    expect(await order.innerText()).toMatch(
      /Until .*: (?:24\sh|23\sh 59\smin) left.*does not answer/s,
    );
    await order.getByRole("button", { name: "Cancel Restart" }).click();
    await order.getByText("called back").waitFor();
    await close(seen);
  });

  test("and wishes are offered to those only who may give them", async () => {
    const offers = async (role: string): Promise<string[]> => {
      const seen = await open(role, alive);
      await seen.page.locator("table.leaves").waitFor();
      const buttons = await seen.page.locator("main button").allInnerTexts();
      await close(seen);
      return [...new Set(buttons)];
    };
    // No history either.
    expect(await offers("doctor")).toEqual(["Measure pulse now", "Measure oxygen now"]);
    expect(await offers("support")).not.toContain("Change");
    expect(await offers("support")).toContain("Restart");
    expect(await offers("fleet")).toEqual(expect.arrayContaining(["Change", "Edit tags"]));
  });
});
