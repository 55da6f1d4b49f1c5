// What a user imports: one curated list for Node and browsers, documented, and no name that means two things.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const src = join(import.meta.dirname, "..", "src");
const read = (path: string) => readFileSync(join(src, path), "utf8");
const manifest = JSON.parse(read("../package.json")) as { exports: Record<string, Record<string, unknown>> };

/** Names that a file re-exports, with the module each is from. */
function exported(path: string): { name: string; own: string; from: string; type: boolean }[] {
  return [...read(path).matchAll(/export (type )?\{([^}]*)\} from "([^"]+)"/g)].flatMap(([, all, list, from]) =>
    list!
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .map((part) => {
        const [own, name = own] = part.replace(/^type /, "").split(" as ");
        return { name: name!, own: own!, from: from!, type: all !== undefined || part.startsWith("type ") };
      }),
  );
}
const shared = exported("front.ts");
const values = shared.filter(({ type }) => !type);

describe("the front door", () => {
  it("is the same list in Node and in browsers", async () => {
    const [node, web] = [await import("../src/index.ts"), await import("../src/index.web.ts")] as const;
    for (const { name } of values) {
      expect(Object.keys(node), name).toContain(name);
      expect(Object.keys(web), name).toContain(name);
    }
    const own = ["load", "loadVectors", "save"]; // each host has its own
    const extra = (module: object) => Object.keys(module).filter((name) => !values.some((one) => one.name === name));
    expect(extra(node).sort()).toEqual([...own, "nodeEngine", "readText", "saveVectors"].sort());
    expect(extra(web).sort()).toEqual([...own, "learnVectors", "webEngine"].sort());
  });
  it("has about 120 names", () => {
    expect(shared.length).toBeGreaterThan(100);
    expect(shared.length).toBeLessThan(140);
  });
  it("has no name that means something else in a sub-path", async () => {
    const front = (await import("../src/index.ts")) as unknown as Record<string, unknown>;
    const paths = Object.keys(manifest.exports).filter((path) => ![".", "./web", "./package.json"].includes(path));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      const module = (await import(`../src/${path.slice(2)}/index.ts`)) as Record<string, unknown>;
      for (const [name, value] of Object.entries(module))
        if (name in front) expect(value === front[name], `${name} of unrolled/${path.slice(2)}`).toBe(true);
    }
  });
  it("has an example in every docstring", () => {
    const files = sources();
    const hosts = [...exported("index.ts"), ...exported("index.web.ts")];
    for (const { name, own, from, type } of [...values, ...hosts]) {
      if (type) continue;
      const floor = from.split("/")[1]!;
      const found = files.filter(({ path }) => path.startsWith(`${floor}/`)).flatMap(({ text }) => docsOf(text, own));
      expect(
        found.some((doc) => doc.includes("@example")),
        `${name} in src/${floor}`,
      ).toBe(true);
    }
  });
  it("sends Node to one build and everything else to the other", () => {
    const [first, ...others] = Object.keys(manifest.exports["."]!);
    expect(first).toBe("node");
    expect(others).toEqual(["types", "default"]);
    expect(manifest.exports["."]!.default).toBe("./dist/index.web.js");
  });
});

function sources(): { path: string; text: string }[] {
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes(".test.") && !path.includes("kernel"))
    .map((path) => ({ path: path.replaceAll("\\", "/"), text: read(path) }));
}

/** Comments that stand before a declaration. */
function docsOf(text: string, name: string): string[] {
  const declaration = new RegExp(`^export (?:async )?(?:function\\*? |const |class )${name}\\b`, "gm");
  return [...text.matchAll(declaration)].flatMap(({ index }) => {
    const before = text.slice(0, index).trimEnd();
    return before.endsWith("*/") ? [before.slice(before.lastIndexOf("/**"))] : [];
  });
}
