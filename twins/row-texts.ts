/** What rows were told as, kept until they change; of many rows, those told last. */

/** How many rows: 20 MB at 600 characters. */
const most = 32_768;

/** Texts of rows. */
export interface RowTexts {
  /** What is kept of a row, or else what `write` says, which is kept. */
  readonly of: (row: number, write: (row: number) => string) => string;
  /** The row has changed. */
  readonly forget: (row: number) => void;
}

/** No texts yet. */
export function createRowTexts(): RowTexts {
  const texts = new Map<number, string>();
  return {
    of: (row, write) => {
      const known = texts.get(row);
      if (known !== undefined) return known;
      const [oldest] = texts.size < most ? [] : texts.keys();
      if (oldest !== undefined) texts.delete(oldest);
      const text = write(row);
      texts.set(row, text);
      return text;
    },
    forget: (row) => {
      texts.delete(row);
    },
  };
}
