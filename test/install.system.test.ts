// Installing the package runs no script, downloads nothing but the package, and works wherever Node does.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, root } from "./built.ts";

const read = (name: string) => readFileSync(join(root, name), "utf8");

interface Locked {
  hasInstallScript?: boolean;
  resolved?: string;
  dev?: boolean;
  link?: boolean;
}
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };

/** Packages for developers that bring a script and work without it, with the reason. */
const harmless: Readonly<Record<string, string>> = {
  "node_modules/onnxruntime-node": "it downloads CUDA libraries; the CPU build that we use is in the npm tarball",
  "node_modules/protobufjs": "it prints a warning about version ranges; only onnxruntime-web needs the package",
  "node_modules/koffi": "it builds from source where there is no prebuilt library; those are packages without a script",
  "node_modules/fsevents": "for developers on macOS; its prebuilt file is in the tarball",
};

describe("what npm installs", () => {
  it("runs no scripts here", () => {
    expect(read(".npmrc").split("\n")).toContain("ignore-scripts=true");
    const scripted = Object.keys(packages).filter((name) => packages[name]!.hasInstallScript);
    expect(scripted).toContain("node_modules/onnxruntime-node"); // else the list is out of date
    for (const name of scripted) expect(Object.keys(harmless)).toContain(name);
  });
  it("has no scripts for those who use the package: pnpm refuses them, and they fail behind a firewall", () => {
    const used = Object.entries(packages).filter(([name, { dev }]) => name !== "" && !dev);
    expect(used.map(([name]) => name).sort()).toEqual(["node_modules/commander", "node_modules/onnxruntime-common"]);
    for (const [name, { hasInstallScript }] of used) expect({ name, hasInstallScript }).toEqual({ name });
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });
  it("comes from whatever registry npm is set to, and none of it from elsewhere", () => {
    for (const [name, { resolved, link }] of Object.entries(packages))
      expect({ name, resolved, link }).toEqual({ name });
  });
});

/** Linux lets root take the network away from a command; elsewhere npm's own switch has to do. */
const withoutNetwork = spawnSync("unshare", ["-n", "true"]).status === 0;

describe("the packed package, in an empty project with npm's default settings", () => {
  const scratch = mkdtempSync(join(tmpdir(), "unrolled-installed-"));
  const project = join(scratch, "project");
  const installed = join(project, "node_modules", "unrolled");
  const run = (command: string, ...args: string[]) => {
    // npm looks for optional peers too: without a network it need not try again for a minute.
    const settings = { npm_config_cache: join(scratch, "cache"), npm_config_fetch_retries: "0" };
    const env = { PATH: process.env.PATH, HOME: join(scratch, "home"), ...settings };
    const [program, ...rest] = withoutNetwork ? ["unshare", "-n", command, ...args] : [command, ...args];
    const { status, stdout, stderr } = spawnSync(program!, rest, { cwd: project, env, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  /** A folder of files as an npm tarball, not compressed: this takes a tenth of the time. */
  const tarball = (folder: string, names: readonly string[]) => {
    const file = join(scratch, `${folder.split("/").at(-1)}.tgz`);
    const args = ["-chf", file, "--transform", "s,^,package/,", "-C", folder, ...names];
    expect(spawnSync("tar", args, { encoding: "utf8" }).stderr).toBe("");
    return file;
  };
  const train = ["train", "text.txt", "--out", "model", "--overwrite", "--steps", "3", "--hidden", "8", "--batch", "4"];
  const unrolled = join(project, "node_modules", ".bin", "unrolled");

  beforeAll(() => {
    build();
    for (const name of ["project", "home", "unrolled"]) mkdirSync(join(scratch, name));
    // Of the native builds only this machine's.
    const own = join("onnxruntime", "node", "bin", "napi-v6", process.platform, process.arch);
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    for (const name of ["package.json", ...files.filter((file) => !file.startsWith("!"))]) {
      const wanted = (path: string) => !/napi-v6\/[^/]+\/[^/]+/.test(path) || path.includes(own);
      cpSync(join(root, name), join(scratch, "unrolled", name), { recursive: true, filter: wanted });
    }
    writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
    writeFileSync(join(project, "text.txt"), "the quick brown fox jumps over the lazy dog.\n".repeat(40));
    const needed = ["commander", "onnxruntime-common"].map((name) => join(root, "node_modules", name));
    const tarballs = [join(scratch, "unrolled"), ...needed].map((folder) => tarball(folder, readdirSync(folder)));
    expect(run("npm", "install", "--no-audit", "--no-fund", ...tarballs)).toMatchObject({ status: 0 });
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it("has every file that its pages link to", () => {
    const pages = readdirSync(installed, { recursive: true, encoding: "utf8" }).filter((name) =>
      /^[^.].*\.md$/.test(name),
    );
    expect(pages).toEqual(expect.arrayContaining(["README.md", "CHANGELOG.md", join("docs", "tasks.md")]));
    const dead = pages.flatMap((page) => {
      const text = readFileSync(join(installed, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
      const links = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, to]) => to!);
      return links
        .filter((to) => !/^(https?|mailto):/.test(to) && !existsSync(join(installed, dirname(page), to)))
        .map((to) => `${page}: ${to}`);
    });
    expect(dead).toEqual([]);
  });
  it("runs on the native build", () => {
    expect(run(unrolled, "--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(run(unrolled, ...train)).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(join(project, "model", "model.safetensors"))).toBe(true);
  });
  it("runs on WebAssembly where there is no native build, and one line names the reason", () => {
    rmSync(join(installed, "dist", "onnxruntime", "node", "bin"), { recursive: true });
    const ran = run(unrolled, ...train);
    expect(ran.stderr).toMatch(
      /^warning: the native build of ONNX Runtime could not be loaded [^\n]*several times slower\n$/,
    );
    expect(ran.status).toBe(0);
  });
  it("has a tokenizer where there is no engine at all", () => {
    rmSync(join(installed, "dist", "onnxruntime"), { recursive: true });
    const script =
      'import { charTokenizer } from "unrolled"; console.log(charTokenizer.fit("abc").encode("cab").length)';
    expect(run("node", "--input-type=module", "-e", script)).toEqual({ status: 0, stdout: "3\n", stderr: "" });
  });
});
