import { expect, test } from "bun:test";

import { deviceHref, listHref, nameIn } from "./route.ts";

test("an address says only what differs from the usual list", () => {
  expect(listHref({})).toBe("/devices");
  expect(listHref({ filter: "", sort: "id" })).toBe("/devices");
  expect(listHref({ filter: "kind==box;rev=gt=1", sort: "-rev" })).toBe(
    "/devices?filter=kind%3D%3Dbox%3Brev%3Dgt%3D1&sort=-rev",
  );
});

test("a device's address leads back to its serial", () => {
  expect(nameIn(deviceHref("B-F00001"), "devices")).toBe("B-F00001");
  expect(nameIn("/devices", "devices")).toBeUndefined();
  expect(nameIn("/devices/a/b", "devices")).toBeUndefined();
  expect(nameIn("/devices/a", "changes")).toBeUndefined();
});
