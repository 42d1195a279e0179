/** A real Chromium in front of the pages, for the live tests. */
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";

import type { Language } from "./language.ts";

/** How somebody looks at the pages. */
export interface Look {
  readonly language: Language;
  readonly scheme: "light" | "dark";
  /** Width of the window, px. */
  readonly width: number;
}

/** A page, and what the browser complained of since it was opened. */
export interface Seen {
  readonly page: Page;
  readonly complaints: readonly string[];
}

const usual: Look = { language: "en", scheme: "light", width: 1280 };
const quiet = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** The browser. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: quiet });
}

/** A page of somebody who was never here. */
export async function openPage(browser: Browser, look: Partial<Look> = {}): Promise<Seen> {
  const { language, scheme, width } = { ...usual, ...look };
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    locale: language === "fr" ? "fr-FR" : "en-GB",
    colorScheme: scheme,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return { page, complaints };
}

/** Signs in where the page is, and waits until somebody is known. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.fill("#token", token);
  await page.keyboard.press("Enter");
  await page.locator("header nav a").first().waitFor();
}

/** A page of somebody who has signed in. */
export async function openAs(
  browser: Browser,
  demo: { readonly api: string; readonly users: Readonly<Record<string, { token: string }>> },
  at: { readonly role: string; readonly path: string; readonly look?: Partial<Look> },
): Promise<Seen> {
  const seen = await openPage(browser, at.look);
  await seen.page.goto(demo.api + at.path);
  await signIn(seen.page, demo.users[at.role]?.token ?? "");
  return seen;
}

/** What axe finds against WCAG 2.2 A and AA, one line a finding. */
export async function findingsOf(page: Page): Promise<string[]> {
  const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.map(({ id, impact, nodes }) => {
    const [first] = nodes;
    return `${impact ?? "minor"} ${id}: ${String(first?.target)} ${first?.failureSummary ?? ""}`;
  });
}
