/** Bulk changes on the page, from the dry run to the undo, over the whole running system in real Chromium. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import type { BulkView } from "#api/changes/contract.ts";
import type { TwinPage, TwinView } from "#api/twins/contract.ts";

import { startVigie, type Vigie } from "../scripts/running.ts";
import { until } from "../scripts/until.ts";
import { findingsOf, openAs, openChromium, type Seen } from "./browser.ts";
import { fr } from "./copy-fr.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-changes-"));
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
const minute = 60_000;
const homes = 4;
/** The wristbands of homes that are connected; the one for experiments is not. */
const filter = "kind==wristband;id==B-F*";

let vigie: Vigie;
let browser: Browser;

beforeAll(async () => {
  const options = ["--homes", String(homes), "--since", "1", "--approve-above", "2"];
  vigie = await startVigie(folder, [...anyPorts, ...options]);
  browser = await openChromium();
  const online = encodeURIComponent(`${filter};presence.state==online`);
  await until(
    async () => {
      const { body } = await vigie.get<TwinPage>(`/v1/twins?filter=${online}`);
      return body.items.length === homes;
    },
    { what: "all wristbands are online" },
  );
}, 2 * minute);

afterAll(async () => {
  await browser.close();
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

const open = (role: string, path: string): Promise<Seen> =>
  openAs(browser, vigie.demo, { role, path });

async function close({ page, complaints }: Seen): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

/** Takes a step and confirms it. */
async function act(page: Page, name: string, reason = ""): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  const dialog = page.getByRole("dialog");
  if (reason !== "") await dialog.getByLabel("Reason").fill(reason);
  await dialog.getByRole("button", { name, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

const changes = async (): Promise<readonly BulkView[]> => {
  const { body } = await vigie.get<{ items: readonly BulkView[] }>("/v1/changes");
  return body.items;
};
const stands = (page: Page, state: string): Promise<void> =>
  page.locator("p[role=status]").getByText(state, { exact: true }).waitFor({ timeout: 30_000 });

test(
  "a wish for many is tried, approved by another, started, watched, and taken back",
  async () => {
    const author = await open("fleet", `/devices?filter=${encodeURIComponent(filter)}`);
    const { page } = author;
    await page.getByRole("link", { name: "Change these devices…" }).click();
    await page.getByText(`Devices that match now: ${homes}`).waitFor();
    await page.getByLabel("Leaf").selectOption("config/hypoxaemia");
    await page.getByLabel("Desired").fill("89");
    await page.getByLabel("Reason").fill("earlier alarms");
    await page.getByLabel("First share, %").fill("50");
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press("Enter");

    await page.getByText("What the dry run found").waitFor();
    const found = (await page.locator("section:has(#forecast)").innerText()).replaceAll(
      /\s+/g,
      " ",
    );
    expect(found).toContain(`Devices matched ${homes} Would change ${homes}`);
    expect(found).toMatch(/clinical 4 · \d+ %.*low oxygen alarm under/);
    expect(found).toContain("low oxygen alarm under nothing → 89 %");
    expect(await page.getByRole("button", { name: "Approve" }).count()).toBe(0);
    expect(await page.getByText("somebody else than you to approve it").count()).toBe(1);
    expect(await findingsOf(page)).toEqual([]);

    const other = await open("admin", new URL(page.url()).pathname);
    await act(other.page, "Approve", "seen");
    await close(other);
    await stands(page, "approved");
    await act(page, "Start");
    await stands(page, "done");
    expect(await page.locator("section:has(#progress)").innerText()).toMatch(/applied 4\s+100\s%/);
    const rows = page.locator("section:has(#results) tbody tr");
    expect(await rows.count()).toBe(homes);
    expect(await rows.first().innerText()).toMatch(/B-F\d+\s+applied.*89/s);
    expect(await findingsOf(page)).toEqual([]);
    const [made] = await changes();
    const device = (await rows.first().locator("a").innerText()).trim();
    const { body } = await vigie.get<TwinView>(`/v1/twins/${device}?include=sync`);
    expect(body.sync?.["config/hypoxaemia"]).toMatchObject({
      state: "applied",
      by: `change:${made?.id}`,
    });

    await act(page, "Undo", "too many alarms");
    await stands(page, "undone");
    await page.getByText("too many alarms").waitFor();
    await until(
      async () => {
        const { body: after } = await vigie.get<TwinView>(`/v1/twins/${device}?include=sync`);
        return after.sync?.["config/hypoxaemia"] === undefined;
      },
      { what: "the wish is gone" },
    );
    await close(author);
  },
  2 * minute,
);

test("another open change in the way is said, and the way to it", async () => {
  const post = (value: number): Promise<Response> =>
    fetch(`${vigie.demo.api}/v1/changes`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${vigie.demo.users["fleet"]!.token}`,
      },
      body: JSON.stringify({
        filter: "id==B-F00001",
        patch: { parts: { config: { desired: { heartRateHigh: value } } } },
        reason: `pulse ${value}`,
      }),
    });
  const first = (await (await post(150)).json()) as BulkView;
  const approving = await open("fleet", `/changes/${first.id}`);
  await act(approving.page, "Approve");
  await stands(approving.page, "approved");
  await close(approving);
  const second = (await (await post(160)).json()) as BulkView;
  const seen = await open("fleet", `/changes/${second.id}`);
  await seen.page.getByText("Other open changes want the same:").waitFor();
  await seen.page.getByRole("link", { name: first.id }).click();
  await seen.page.getByRole("heading", { name: "pulse 150" }).waitFor();
  await close(seen);
});

test("what cannot be asked is said where it is wrong, and nothing is made", async () => {
  const before = (await changes()).length;
  const { page } = await open("fleet", "/changes/new?filter=kind==box");
  await page.getByLabel("Leaf").selectOption("config/heartRateLow");
  await page.getByLabel("Desired").fill("40");
  await page.getByLabel("Reason").fill("boxes have no pulse");
  await page.keyboard.press("Enter");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toContain("choose devices of one kind");
  await page.locator("#filter").fill("kind=box");
  await page.locator("mark").waitFor();
  expect((await changes()).length).toBe(before);
  await page.context().close();
});

test("who may only look sees no button, and who may not does not see changes", async () => {
  const [newest] = await changes();
  const seen = await open("support", `/changes/${newest?.id}`);
  await seen.page.locator("#steps").waitFor();
  expect(await seen.page.locator("main button").count()).toBe(0);
  await seen.page.getByRole("link", { name: "Changes" }).click();
  await seen.page.locator("tbody tr").first().waitFor();
  expect(await seen.page.getByRole("link", { name: "New bulk change" }).count()).toBe(0);
  expect(await findingsOf(seen.page)).toEqual([]);
  await close(seen);
  const nurse = await open("nurse", "/changes");
  await nurse.page.getByText("Your role has no access").waitFor();
  expect(await nurse.page.getByRole("link", { name: "Changes" }).count()).toBe(0);
  await close(nurse);
});

test("in French, every word of a change is French", async () => {
  const seen = await openAs(browser, vigie.demo, {
    role: "fleet",
    path: "/changes",
    look: { language: "fr", width: 375 },
  });
  const { page } = seen;
  await page.locator("tbody tr").last().getByRole("link").click();
  await page.getByText(fr["aboutBulk.undone"]).waitFor();
  expect(await page.locator("main").innerText()).not.toMatch(
    /\b(?:applied|undone|devices|nothing|waiting)\b/,
  );
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  await close(seen);
});
