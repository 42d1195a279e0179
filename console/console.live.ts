/** The pages over the whole running system, in a real Chromium: what is shown, to whom, and that it moves by itself. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import type { FleetSummary } from "#api/fleet/contract.ts";
import type { TwinPage, TwinView } from "#api/twins/contract.ts";
import { eventKinds, partNames } from "#wire/messages.ts";
import { metrics } from "#wire/metrics.ts";

import { startVigie, type Vigie } from "../scripts/running.ts";
import { until } from "../scripts/until.ts";
import { openChromium, openPage, type Seen, signIn } from "./browser.ts";
import { en } from "./copy-en.ts";
import { speak } from "./language.ts";
import { openLine } from "./line.ts";
import { speakFor } from "./own-box.ts";
import { unitOf } from "./units.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-console-"));
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
const homes = 55;
const minute = 60_000;
const hour = 60 * minute;

let vigie: Vigie;
let browser: Browser;
let own: ReturnType<typeof speakFor>;

beforeAll(async () => {
  vigie = await startVigie(folder, [...anyPorts, "--homes", String(homes), "--since", "2"]);
  browser = await openChromium();
  own = speakFor(vigie.demo);
  await until(async () => (await fleet()).presence.some(({ state }) => state === "online"), {
    what: "homes are online",
  });
}, 2 * minute);

afterAll(async () => {
  await browser.close();
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

async function fleet(): Promise<FleetSummary> {
  const { body } = await vigie.get<FleetSummary>("/v1/fleet");
  return body;
}

/** A page of a role, signed in. */
async function pageOf(role: string, path = "/"): Promise<Seen> {
  const seen = await openPage(browser);
  await seen.page.goto(vigie.demo.api + path);
  await signIn(seen.page, vigie.demo.users[role]!.token);
  return seen;
}

/** The page is done with, and the browser had nothing to complain of. */
async function close({ page, complaints }: Seen): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).replaceAll(/\s+/g, " ");
}

describe("signing in", () => {
  test("a token becomes a cookie that no script can read; a wrong one is refused in words", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(vigie.demo.api);
    await page.fill("#token", "no.such.token");
    await page.keyboard.press("Enter");
    expect(await page.getByRole("alert").innerText()).toContain("This token is not accepted");
    expect(complaints).toEqual([expect.stringContaining("401")]);

    await signIn(page, vigie.demo.users["fleet"]!.token);
    expect(await page.evaluate(() => document.cookie)).toBe("");
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });

    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("#token").waitFor();
    await page.reload();
    await page.locator("#token").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(complaints).toHaveLength(1);
    await page.context().close();
  });

  test("a role without a right to twins is told so", async () => {
    const seen = await openPage(browser);
    await seen.page.goto(vigie.demo.api);
    await seen.page.fill("#token", vigie.demo.users["relative"]!.token);
    await seen.page.keyboard.press("Enter");
    await seen.page.getByText("Your role has no access to the fleet.").waitFor();
    await close(seen);
  });
});

describe("the fleet", () => {
  test("counts by presence, battery, firmware and freshness are those of the API", async () => {
    const seen = await pageOf("fleet");
    const { page } = seen;
    await page.locator("#presence").waitFor();
    const count = (counts: readonly { readonly count: number }[]): number =>
      counts.reduce((sum, one) => sum + one.count, 0);
    await until(
      async () => {
        const { presence } = await fleet();
        const online = presence.filter(({ kind, state }) => kind === "box" && state === "online");
        const tiles = await page.locator(".tile").allInnerTexts();
        return tiles[0]?.replaceAll(/\s+/g, " ") === `${count(online)} / ${homes + 1} Boxes online`;
      },
      { what: "the tile shows how many boxes are online" },
    );
    const { firmware } = await fleet();
    const versions = await textOf(page, "section:has(#firmware)");
    for (const { kind, version } of firmware)
      expect(versions).toContain(`${kind} ${version ?? ""}`);
    expect(await textOf(page, "section:has(#presence)")).toMatch(/online \d+.*in stock \d+/);
    expect(await textOf(page, "section:has(#battery)")).toMatch(/90–100 % \d+ .*no level: \d+/);
    expect(await textOf(page, "section:has(#freshness)")).toMatch(/now \d+ .*over 24 h/);
    await close(seen);
  });

  test("rates are drawn, and the accounting is there for those who run the system only", async () => {
    const runner = await pageOf("fleet");
    await runner.page.getByText("Every number is accounted for.").waitFor();
    expect(await textOf(runner.page, "section:has(#accounting)")).toMatch(
      /sent [\d,]+ stored = [\d,]+ refused \+ 0/,
    );
    const canvas = await runner.page.locator("#rates ~ figure canvas").boundingBox();
    expect(canvas?.width).toBeGreaterThan(200);
    expect(canvas?.height).toBeGreaterThan(100);
    const clinician = await pageOf("doctor");
    await clinician.page.locator("#events").waitFor();
    expect(await clinician.page.locator("#accounting").count()).toBe(0);
    await close(runner);
    await close(clinician);
  });

  test("a fall published by mosquitto_pub appears by itself for a doctor, as a number for a fleet manager", async () => {
    const clinician = await pageOf("doctor");
    const runner = await pageOf("fleet");
    const tile = runner.page.locator(".tile").last();
    // Homes of the fleet may have had some already.
    const { emergencies } = await fleet();
    await until(async () => (await tile.innerText()).startsWith(`${emergencies.count}`), {
      what: "the tile counts those there are",
    });
    await own.raise("fall");
    const row = clinician.page
      .locator("section:has(#emergencies) tbody tr")
      .filter({ hasText: vigie.demo.box.wristband });
    await row.waitFor({ timeout: 10_000 });
    expect(await row.innerText()).toMatch(/fall\s+Quality 87/);
    expect(await clinician.page.getByText("Newest emergency: fall").count()).toBe(1);
    const counted = new RegExp(
      `^Emergencies in 24\\sh: ${emergencies.count + 1}\\. Only clinicians`,
    );
    await runner.page.getByText(counted).waitFor();
    expect(await tile.innerText()).toStartWith(`${emergencies.count + 1}`);
    expect(await runner.page.locator("main").innerText()).not.toMatch(/\bfall\b/);
    await close(clinician);
    await close(runner);
  });

  test("emergencies that cannot be asked for are said to be missing, and those known stay", async () => {
    const { page } = await pageOf("doctor");
    const row = page
      .locator("section:has(#emergencies) tbody tr")
      .filter({ hasText: vigie.demo.box.wristband });
    await row.waitFor();
    await page.route("**/v1/events?kind=emergency*", (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" }),
    );
    await page.getByRole("alert").waitFor({ timeout: 15_000 });
    expect(await row.count()).toBe(1);
    await page.context().close();
  });
});

test("a box that comes back says how much it still has to send, until it has", async () => {
  const { serial } = vigie.demo.box;
  const seen = await pageOf("fleet", `/devices?filter=id==${serial}`);
  const row = seen.page.locator("tbody tr");
  const held = own.hold();
  await held.beat({ depth: 812, oldest: Date.now() - 2 * hour });
  await row.getByText("backlog: 812").waitFor();
  expect(await row.innerText()).toContain("returned");
  await seen.page.getByRole("link", { name: serial }).click();
  await seen.page.getByText("sends what was kept while it was away").waitFor();
  await seen.page.goBack();
  await held.beat({ depth: 0, oldest: null });
  await row.getByText("online").waitFor();
  expect(await row.getByText("backlog").count()).toBe(0);
  await held.end();
  await close(seen);
});

describe("one twin", () => {
  const cells = async (page: Page, leaf: string): Promise<string[]> =>
    page.locator(`tr:has(code:text-is("${leaf}")) > *`).allInnerTexts();

  test("TW-11: every leaf has its name, unit, age and quality", async () => {
    const filter = encodeURIComponent("vitals.spo2=gt=0;vitals.steps=ge=0");
    const { body } = await vigie.get<TwinPage>(`/v1/twins?limit=1&filter=${filter}`, "doctor");
    const [{ id }] = body.items as [TwinPage["items"][0]];
    const { body: twin } = await vigie.get<TwinView>(`/v1/twins/${id}`, "doctor");
    const seen = await pageOf("doctor", `/devices/${id}`);
    await seen.page.locator("table.leaves").waitFor();
    const english = speak("en");
    const leaves = Object.entries(twin.parts).flatMap(([part, { leaves: some }]) =>
      Object.entries(some).map(([path, leaf]) => ({ path: `${part}/${path}`, leaf })),
    );
    expect(leaves.length).toBeGreaterThan(10);
    for (const { path, leaf } of leaves) {
      const [name, value, age, , quality] = await cells(seen.page, path.replace("/", "."));
      expect(name).toStartWith(english.name("leaf", path));
      expect(value).toEndWith(unitOf(path, english.word));
      expect(age).toMatch(/^\d+\s(?:s|min|h|d)/);
      expect(quality).toStartWith(english.name("quality", leaf.quality));
    }
    expect((await cells(seen.page, "vitals.heart-rate"))[1]).toMatch(/^[\d.]+\s\/min$/);
    await close(seen);
  });

  test("TW-11: a value older than twice its cadence is said to be stale, a new one is not", async () => {
    await own.tell({ temperature: 36.6, at: Date.now() - 50 * hour });
    await own.tell({ heartRate: 64, at: Date.now() });
    const seen = await pageOf("doctor", `/devices/${vigie.demo.box.wristband}`);
    await seen.page.locator("table.leaves").waitFor();
    const [, value, age] = await cells(seen.page, "vitals.temperature");
    expect(value).toMatch(/^36.6\s°C$/);
    expect(age).toMatch(/^2\sd 2\sh stale$/);
    expect((await cells(seen.page, "vitals.heart-rate"))[2]).toMatch(/^\d+\ss$/);
    await close(seen);
  });

  test("a published reading changes the value by itself", async () => {
    const seen = await pageOf("doctor", `/devices/${vigie.demo.box.wristband}`);
    const { page } = seen;
    await page.locator(".live:not(.off)").waitFor();
    await page.evaluate(() => document.body.setAttribute("data-same", "page"));
    for (const heartRate of [88, 93]) {
      await own.tell({ battery: 51, heartRate, at: Date.now() });
      await until(
        async () =>
          (await cells(page, "vitals.heart-rate"))[1]?.startsWith(`${heartRate}`) === true,
        { what: `the page shows ${heartRate}`, withinMs: 5000 },
      );
    }
    expect(await page.getAttribute("body", "data-same")).toBe("page");
    await close(seen);
  });

  test("TW-09: neither page nor stream of a fleet manager ever holds a vital sign", async () => {
    const { page } = await openPage(browser);
    const heard: string[] = [];
    const wire = await page.context().newCDPSession(page);
    await wire.send("Network.enable");
    wire.on("Network.eventSourceMessageReceived", ({ data }) => heard.push(data));
    page.on("response", (answer) => {
      const isAnswer = answer.headers()["content-type"]?.includes("json") === true;
      if (isAnswer) void answer.text().then((text) => heard.push(text));
    });
    await page.goto(`${vigie.demo.api}/devices/${vigie.demo.box.wristband}`);
    await signIn(page, vigie.demo.users["fleet"]!.token);
    await page.locator(".live:not(.off)").waitFor();
    await own.tell({ battery: 77, heartRate: 97, at: Date.now() });
    for (const mark of ['"changed":', '"leaves":']) {
      const isTold = (text: string): boolean => text.includes(mark) && /"battery":.*77/.test(text);
      await until(() => heard.some(isTold), { what: `${mark} tells the battery` });
    }
    await until(async () => (await cells(page, "power.battery"))[1]?.startsWith("77") === true, {
      what: "the page shows the battery",
    });
    const clinical = /heart.rate|spo2|SpO₂|vital/i;
    expect(heard.filter((text) => clinical.test(text))).toEqual([]);
    expect(await page.content()).not.toMatch(clinical);
    await page.context().close();
  });
});

describe("the connection", () => {
  test("a cut line is said, what was known stays, and what happened meanwhile is made up for", async () => {
    const line = await openLine(vigie.demo.api);
    const { page } = await openPage(browser);
    await page.goto(`${line.url}/devices/${vigie.demo.box.wristband}`);
    await signIn(page, vigie.demo.users["doctor"]!.token);
    await page.locator(".live:not(.off)").waitFor();
    await page.locator("table.leaves").waitFor();
    line.cut();
    await page.getByText("Reconnecting…").waitFor();
    await own.tell({ battery: 33, heartRate: 99, at: Date.now() });
    expect(await page.locator("table.leaves").isVisible()).toBe(true);
    line.mend();
    await page.locator(".live:not(.off)").waitFor();
    await until(async () => (await textOf(page, "table.leaves")).includes("99 /min"), {
      what: "the page shows what was published while it was cut off",
      withinMs: 10_000,
    });
    await page.context().close();
    line.close();
  });
});

test("TW-11: every code of the wire has a word, every vital sign a unit", () => {
  const codes = [
    ...eventKinds.map((kind) => `event.${kind}`),
    ...partNames.map((part) => `part.${part}`),
    ...Object.keys(metrics).map((metric) => `leaf.vitals/${metric}`),
  ];
  expect(codes.filter((code) => !Object.hasOwn(en, code))).toEqual([]);
  for (const language of [speak("en"), speak("fr")]) {
    const unitless = Object.keys(metrics).filter(
      (metric) => unitOf(`vitals/${metric}`, language.word) === "",
    );
    expect(unitless).toEqual([]);
  }
});
