/** In which language a caller is told why something is refused. */
import type { Language } from "#twins/phrase.ts";

/** The language that a request asks for by `Accept-Language`; English unless French is wanted more. */
export function languageOf(request: Request): Language {
  const ranges = request.headers.get("accept-language")?.split(",") ?? [];
  const wish = (language: Language): number => {
    const qualities = ranges.flatMap((range) => {
      const [tag = "", ...parameters] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const [primary] = tag.split("-");
      if (primary !== language) return [];
      const [quality] = parameters.flatMap(
        (parameter) => /^q=([\d.]+)$/.exec(parameter)?.[1] ?? [],
      );
      return [quality === undefined ? 1 : Number(quality)];
    });
    return Math.max(0, ...qualities);
  };
  return wish("fr") > wish("en") ? "fr" : "en";
}
