import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { Agenda } from "./agenda.ts";

test("whoever is due first comes out first, whatever the order in which they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (dues) => {
      const agenda = new Agenda<number>();
      for (const due of dues) agenda.add(due, due);
      const taken = dues.map(() => agenda.take());
      expect(taken).toEqual(dues.toSorted((a, b) => a - b));
      expect(agenda.take()).toBeUndefined();
      expect(agenda.nextDue).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
