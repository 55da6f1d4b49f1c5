// The promise of .npmrc: nothing that we depend on compiles or downloads anything when it is installed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(root, name), "utf8");

interface Locked {
  hasInstallScript?: boolean;
  resolved?: string;
  dev?: boolean;
  link?: boolean;
}
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };

/** Packages that bring a script and work without it, with the reason. */
const harmless: Readonly<Record<string, string>> = {
  "node_modules/onnxruntime-node": "it downloads CUDA libraries; the CPU build that we use lies in the npm tarball",
  "node_modules/protobufjs": "it prints a warning about version ranges; only onnxruntime-web needs the package",
  "node_modules/fsevents": "for developers on macOS; its prebuilt file lies in the tarball",
};

describe("what npm installs", () => {
  it("runs no scripts", () => {
    expect(read(".npmrc").split("\n")).toContain("ignore-scripts=true");
  });
  it("needs no scripts", () => {
    const scripted = Object.keys(packages).filter((name) => packages[name]!.hasInstallScript);
    expect(scripted).toContain("node_modules/onnxruntime-node"); // else the list is out of date
    for (const name of scripted) expect(Object.keys(harmless)).toContain(name);
    for (const name of ["node_modules/fsevents"]) expect(packages[name]).toMatchObject({ dev: true, optional: true });
  });
  it("comes from whatever registry npm is set to, and none of it from elsewhere", () => {
    for (const [name, { resolved, link }] of Object.entries(packages))
      expect({ name, resolved, link }).toEqual({ name });
  });
  it("is little for those who only use the library", () => {
    const used = Object.entries(packages).filter(([name, { dev }]) => name !== "" && !dev);
    expect(used.length).toBeLessThan(40);
  });
});
