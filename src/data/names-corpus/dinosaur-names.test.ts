import { expect, it } from "vitest";
import { dinosaurNames } from "./dinosaur-names.ts";

it("lists names once each, in order, in plain letters", () => {
  expect(dinosaurNames.length).toBeGreaterThan(1400);
  expect([...new Set(dinosaurNames)].sort()).toEqual(dinosaurNames);
  expect(dinosaurNames.filter((name) => !/^[A-Z][a-z]+$/.test(name))).toEqual([]);
  expect(dinosaurNames).toContain("Archaeopteryx");
});
