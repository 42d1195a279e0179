import { type Answer, get } from "./client.ts";

/** A list as the API gives it, page after page. */
interface Listed<T> {
  readonly items: readonly T[];
  /** Asks for what follows; null on the last page. */
  readonly cursor: string | null;
  readonly total?: number;
  readonly unknown?: number;
}

/** The first pages of a list as one; empty parameters are left out. */
export async function getPages<T>(
  path: string,
  parameters: Readonly<Record<string, string>>,
  pages: number,
): Promise<Answer<Listed<T>>> {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ""));
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const answer = await get<Listed<T>>(`${path}?${query}`);
    if (answer.kind === "problem") return answer;
    items.push(...answer.body.items);
    const { cursor } = answer.body;
    if (cursor === null || page === pages) {
      return { kind: "ok", body: { ...answer.body, items } };
    }
    query.set("cursor", cursor);
  }
}
