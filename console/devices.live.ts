/** Many devices on the page: filtered, counted, drawn and saved as groups, over the whole running system in Chromium. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import type { FleetSummary } from "#api/fleet/contract.ts";
import type { TwinPage } from "#api/twins/contract.ts";

import { startVigie, type Vigie } from "../scripts/running.ts";
import { until } from "../scripts/until.ts";
import { findingsOf, openAs, openChromium, type Seen } from "./browser.ts";
import { speakFor } from "./own-box.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-devices-"));
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
/** More devices than one page of the list holds. */
const homes = 55;
const devices = 2 * (homes + 1);
const minute = 60_000;

let vigie: Vigie;
let browser: Browser;
let own: ReturnType<typeof speakFor>;

beforeAll(async () => {
  vigie = await startVigie(folder, [...anyPorts, "--homes", String(homes), "--since", "1"]);
  browser = await openChromium();
  own = speakFor(vigie.demo);
  const isAlive = async (): Promise<boolean> => {
    const { body } = await vigie.get<FleetSummary>("/v1/fleet");
    return body.presence.some(({ kind, state }) => kind === "wristband" && state === "online");
  };
  await until(isAlive, { what: "homes are online" });
}, 2 * minute);

afterAll(async () => {
  await browser.close();
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

const pageOf = (role: string, path: string): Promise<Seen> =>
  openAs(browser, vigie.demo, { role, path });

/** The page is done with, and the browser had nothing to complain of. */
async function close({ page, complaints }: Seen): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

function rowsOf(page: Page): Promise<string[]> {
  return page.locator("tbody tr th[scope=row] a").allInnerTexts();
}

/** How many devices the page says there are. */
async function countOn(page: Page): Promise<number> {
  const status = page.locator("p[role=status] b");
  return (await status.count()) === 0 ? Number.NaN : Number(await status.innerText());
}

describe("the list", () => {
  test("is filtered, sorted by its headings and read page by page", async () => {
    const seen = await pageOf("fleet", "/devices");
    const { page } = seen;
    await page.getByText("The first 100 are shown.").waitFor();
    expect(await countOn(page)).toBe(devices);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("The first 100 are shown.").waitFor({ state: "detached" });
    expect(new Set(await rowsOf(page)).size).toBe(devices);

    await page.fill("#filter", "kind==box;id==X-F0000*");
    await page.keyboard.press("Enter");
    await until(async () => (await countOn(page)) === 9, { what: "nine are found" });
    const names = await rowsOf(page);
    await page.getByRole("button", { name: "Device" }).click();
    await page.locator("th[aria-sort=descending]").waitFor();
    await until(async () => (await rowsOf(page))[0] === names.at(-1), { what: "the order turns" });
    expect(await rowsOf(page)).toEqual(names.toReversed());
    expect(page.url()).toContain("sort=-id");
    await page.goBack();
    await until(async () => (await rowsOf(page))[0] === names[0], { what: "the order is back" });
    await close(seen);
  });

  test("a wrong filter is marked where it is wrong, and a right one makes good", async () => {
    const { page, complaints } = await pageOf("fleet", "/devices");
    await page.fill("#filter", "kind==box;nope==3");
    await page.keyboard.press("Enter");
    expect(await page.locator("mark").innerText()).toBe("nope==3");
    expect(await page.getByRole("alert").innerText()).toContain("no leaf is called nope");
    expect(await page.getAttribute("#filter", "aria-invalid")).toBe("true");
    await page.getByRole("link", { name: "Clear" }).click();
    await page.getByLabel("Kind").selectOption("==box");
    await until(async () => (await countOn(page)) === homes + 1, { what: "the boxes are there" });
    expect(await page.getByRole("alert").count()).toBe(0);
    // The refusal itself is all that the browser has to say.
    expect(complaints).toEqual([expect.stringContaining("422")]);
    await page.context().close();
  });

  test("a live change moves a row to its new place", async () => {
    const { wristband } = vigie.demo.box;
    // Nobody else is quite full or quite empty.
    const others = "kind==wristband;power.battery=gt=0;power.battery=lt=100";
    const filter = encodeURIComponent(`id==${wristband},(${others})`);
    const seen = await pageOf("fleet", `/devices?sort=-power.battery&filter=${filter}`);
    const { page } = seen;
    await page.locator(".live:not(.off)").waitFor();
    await own.tell({ battery: 100, heartRate: 70, at: Date.now() });
    await until(async () => (await rowsOf(page))[0] === wristband, { what: "it is the fullest" });
    await own.tell({ battery: 0, heartRate: 70, at: Date.now() });
    await until(async () => (await rowsOf(page)).at(-1) === wristband, {
      what: "it is the emptiest",
    });
    await close(seen);
  });
});

describe("choices", () => {
  test("write the filter, one condition each, and leave the others alone", async () => {
    const seen = await pageOf("fleet", "/devices?filter=rev=ge=1");
    const { page } = seen;
    await page.getByLabel("Kind").selectOption("==wristband");
    await page.getByLabel("Wishes").selectOption("==null");
    await page.getByLabel("Tag").fill("lot=L 4");
    await page.keyboard.press("Enter");
    await page.getByText("No device matches this filter.").waitFor();
    const written = "rev=ge=1;kind==wristband;sync.state==null;tags.lot=='L 4'";
    expect(await page.inputValue("#filter")).toBe(written);
    await page.getByRole("button", { name: /Remove tags\.lot/ }).click();
    await page.getByLabel("Kind").selectOption("");
    await until(async () => (await page.inputValue("#filter")) === "rev=ge=1;sync.state==null", {
      what: "the conditions are gone",
    });
    await close(seen);
  });

  test("find wishes that were not taken over, and old readings", async () => {
    const { wristband } = vigie.demo.box;
    const answer = await fetch(`${vigie.demo.api}/v1/twins/${wristband}`, {
      method: "PATCH",
      headers: {
        "content-type": "application/merge-patch+json",
        authorization: `Bearer ${vigie.demo.users["fleet"]!.token}`,
      },
      body: JSON.stringify({ parts: { config: { desired: { profile: "dense" } } } }),
    });
    expect(answer.status).toBe(200);
    const seen = await pageOf("fleet", "/devices");
    const { page } = seen;
    await page.getByLabel("Wishes").selectOption("=in=(pending,delivered)");
    await until(async () => (await countOn(page)) === 1, { what: "one wish waits" });
    expect(await rowsOf(page)).toEqual([wristband]);
    expect(await page.locator("tbody tr").innerText()).toContain("pending");
    await page.getByLabel("Last reading").selectOption("=gt=P1D");
    await page.getByText("No device matches this filter.").waitFor();
    await close(seen);
  });
});

test("the chart counts what the filter names, and each bar leads to its devices", async () => {
  const seen = await pageOf("fleet", "/devices?filter=kind==wristband");
  const { page } = seen;
  await page.getByRole("link", { name: "Chart" }).click();
  await page.locator(".bars .histogram a").first().waitFor();
  expect(await page.locator(".bars h3").allInnerTexts()).toEqual([`wristband ${homes + 1}`]);
  await page.getByLabel("Count").selectOption("power.battery");
  const bar = page.locator(".histogram > div:has(a:text-matches('–'))").first();
  await bar.waitFor();
  const [label = "", count = ""] = (await bar.innerText()).split(/\n+/);
  expect(label).toMatch(/^\d+–\d+\s%$/);
  expect(await findingsOf(page)).toEqual([]);
  await bar.getByRole("link").click();
  await until(async () => (await countOn(page)) > 0, { what: "the devices of the bar" });
  const [from = "", below = ""] = label.split(/[–\s]/);
  const filter = `kind==wristband;power.battery=ge=${from};power.battery=lt=${below}`;
  const { body } = await vigie.get<TwinPage>(
    `/v1/twins?count=true&limit=1&filter=${encodeURIComponent(filter)}`,
  );
  expect(Math.abs((body.total ?? 0) - Number(count))).toBeLessThanOrEqual(2);
  await close(seen);
});

test(
  "a group is saved, tells live who enters and leaves, and is forgotten",
  async () => {
    const { wristband } = vigie.demo.box;
    await own.tell({ battery: 50, heartRate: 70, at: Date.now() });
    const seen = await pageOf("fleet", `/devices?filter=id==${wristband};power.battery=lt=20`);
    const { page } = seen;
    await page.getByRole("button", { name: "Save this filter as a group" }).click();
    await page.getByLabel("Name").fill("nearly-empty");
    await page.getByLabel("About").fill("to be charged soon");
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press("Enter");
    const panel = page.getByRole("region", { name: "nearly-empty" });
    await panel.getByText("to be charged soon").waitFor();
    const figures = async (): Promise<string> => (await panel.innerText()).replaceAll(/\s+/g, " ");
    const becomes = (text: RegExp): Promise<void> =>
      until(async () => text.test(await figures()), { what: String(text), withinMs: 25_000 });
    await becomes(/in it now 0 .*\+0 .*−0/);
    await own.tell({ battery: 9, heartRate: 70, at: Date.now() });
    await becomes(/in it now 1 .*\+1 .*−0/);
    await own.tell({ battery: 60, heartRate: 70, at: Date.now() });
    await becomes(/in it now 0 .*\+1 .*−1/);
    await panel.getByRole("button", { name: "Forget the group" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Forget the group" }).click();
    await panel.waitFor({ state: "detached" });
    const { body } = await vigie.get<{ items: readonly unknown[] }>("/v1/groups");
    expect(body.items).toEqual([]);
    await close(seen);
  },
  2 * minute,
);

test("the fleet as it was is filtered by what it was, and leads to each device as it was", async () => {
  const { wristband } = vigie.demo.box;
  const tellsBattery = async (battery: number): Promise<void> => {
    await own.tell({ battery, heartRate: 70, at: Date.now() });
    const filter = encodeURIComponent(`id==${wristband};power.battery==${battery}`);
    const isSo = async (): Promise<boolean> => {
      const { body } = await vigie.get<TwinPage>(`/v1/twins?filter=${filter}`);
      return body.items.length === 1;
    };
    await until(isSo, { what: `its battery is at ${battery}` });
  };
  await tellsBattery(44);
  const then = Date.now();
  await tellsBattery(66);
  const filter = encodeURIComponent(`id==${wristband};power.battery==44`);
  const seen = await pageOf("fleet", `/devices?filter=${filter}&at=${then}`);
  const { page } = seen;
  await page.getByText("These are the devices as they were on").waitFor();
  expect(await countOn(page)).toBe(1);
  expect(await findingsOf(page)).toEqual([]);
  await page.getByRole("link", { name: wristband }).click();
  await page.getByText("This is how it stood from").waitFor();
  expect(await page.locator("tr", { hasText: "battery" }).first().innerText()).toContain("44");
  await page.goBack();
  await page.getByRole("link", { name: "Back to now" }).click();
  await page.getByText("No device matches this filter.").waitFor();
  await close(seen);
});
