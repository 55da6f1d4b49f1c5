// The programs of the lecture pages run, and print what their comments say.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { build, root } from "./built.ts";
import { scratchFolder } from "./cli/terminal.ts";

const scratch = scratchFolder();
beforeAll(build);
afterAll(() => scratch.remove());

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, { default?: string; node?: { default: string } }>;
};

/** Where an import of the package leads, as package.json says it. */
function resolved(specifier: string): string {
  const entry = exports[specifier.replace(/^unrolled/, ".")];
  const file = entry?.node?.default ?? entry?.default;
  if (file === undefined) throw new Error(`${specifier} is not an entry of the package`);
  return pathToFileURL(join(root, file)).href;
}

const folder = join(root, "site", "learn");
const pages = readdirSync(folder).filter((name) => /^\d.*\.en\.md$/.test(name));

it("every lecture has a program", () => {
  expect(pages.length).toBeGreaterThanOrEqual(24);
});

it.each(pages)("%s", async (page) => {
  const text = readFileSync(join(folder, page), "utf8");
  const programs = [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
  expect(programs).toHaveLength(1);
  const program = programs[0]!;
  const expected = program.split("\n").flatMap((line, i, lines) => {
    const inline =
      /console\.log\(.*\); \/\/ (.*)$/.exec(line)?.[1] ?? /\}?\) console\.log\(.*\); \/\/ (.*)$/.exec(line)?.[1];
    if (inline !== undefined) return [inline];
    const alone = /^\/\/ (.*)$/.exec(line)?.[1];
    return alone !== undefined && /console\.log|^\/\/ /.test(lines[i - 1] ?? "") ? [alone] : [];
  });
  expect(expected.length).toBeGreaterThan(0);
  const file = scratch.path(page.replace(".en.md", ".mjs"));
  writeFileSync(
    file,
    program.replace(/from "(unrolled[\w/]*)"/g, (_, name) => `from "${resolved(name)}"`),
  );
  const log = vi.spyOn(console, "log").mockReturnValue();
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(log.mock.calls.map((call) => call.join(" "))).toEqual(expected);
  } finally {
    log.mockRestore();
  }
});
