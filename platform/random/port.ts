/**
 * The only source of chance. Real: the operating system's. Seeded: the same numbers for the same
 * seed.
 */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [low, high], both included. */
  integer(range: { low: number; high: number }): number;
  /** `length` characters of a-z 0-9. */
  letters(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
  /**
   * A source of its own for the part called `name`: drawing from one never shifts the other
   * (seeded).
   */
  fork(name: string): Random;
}
