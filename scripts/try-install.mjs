// Installs the packed package into empty projects as an adopter behind a firewall would: default settings, a network
// namespace that reaches the package registry and nothing else, install scripts allowed. Then trains, loads and samples, also
// without the native build. Linux, root (or user namespaces). Not part of the tests, which need no network; see test/install.
//
//   npm run build && node scripts/try-install.mjs [npm] [/path/to/pnpm] [/path/to/bun]
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createPort } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const root = join(dirname(self), "..");
const local = "http://localhost:4873/";
if (process.argv[2] === "--inside") await inside();
else await outside();

async function outside() {
  const scratch = mkdtempSync(join(tmpdir(), "unrolled-install-"));
  const managers = process.argv.length > 2 ? process.argv.slice(2) : ["npm"];
  const socket = join(scratch, "registry.sock");
  const server = await registry(socket);
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", scratch], { cwd: root }),
  );
  let failures = 0;
  for (const manager of managers) {
    const folder = join(scratch, basename(manager));
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const args = ["-n", process.execPath, self, "--inside", socket, manager, folder, join(scratch, filename)];
    const child = spawn("unshare", process.getuid() === 0 ? args : ["-r", ...args], { stdio: "inherit" });
    failures += await new Promise((resolve) => child.on("close", (code) => resolve(code === 0 ? 0 : 1)));
  }
  server.close();
  rmSync(scratch, { recursive: true, force: true });
  console.log(`${managers.length - failures} passed, ${failures} failed`);
  process.exit(failures ? 1 : 0);
}

/** A registry on a socket that a namespace without network can reach: passes everything on to the one npm is set to. */
async function registry(socket) {
  const setting = (name) => execFileSync("npm", ["config", "get", name], { encoding: "utf8" }).trim();
  const upstream = setting("registry");
  const server = createServer(async (request, response) => {
    try {
      const answer = await fetch(new URL(request.url.slice(1), upstream));
      const isJson = answer.headers.get("content-type")?.includes("json");
      const tarballs = /"tarball":\s*"https?:\/\/[^/"]+\//g;
      const body = isJson
        ? (await answer.text()).replace(tarballs, `"tarball":"${local}`)
        : new Uint8Array(await answer.arrayBuffer());
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(body);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  await new Promise((done) => server.listen(socket, done));
  return server;
}

async function inside() {
  const [socket, manager, folder, tarball] = process.argv.slice(3);
  execFileSync("ip", ["link", "set", "lo", "up"]);
  const port = createPort((client) => {
    const end = connect(socket);
    client.pipe(end).pipe(client);
    client.on("error", () => end.destroy());
    end.on("error", () => client.destroy());
  });
  await new Promise((done) => port.listen(4873, "127.0.0.1", done));
  const home = join(folder, "..", `home-${basename(folder)}`);
  mkdirSync(home);
  writeFileSync(join(home, ".npmrc"), `registry=${local}\n`); // for npm and pnpm
  const env = { PATH: process.env.PATH, HOME: home, BUN_CONFIG_REGISTRY: local, CI: "true" };
  const run = (command, args, more = {}) =>
    new Promise((resolve) => {
      const began = performance.now();
      const child = spawn(command, args, { cwd: folder, env: { ...env, ...more } });
      let text = "";
      child.stdout.on("data", (chunk) => (text += chunk));
      child.stderr.on("data", (chunk) => (text += chunk));
      child.on("error", (error) => resolve({ code: -1, text: String(error) }));
      child.on("close", (code) => resolve({ code, text, seconds: (performance.now() - began) / 1000 }));
    });
  let ok = true;
  const check = (what, { code, text, seconds }, expected = /(?:)/) => {
    const good = code === 0 && expected.test(text);
    console.log(
      `${good ? "ok  " : "FAIL"} ${basename(manager)}: ${what}${seconds === undefined ? "" : ` (${seconds.toFixed(1)} s)`}`,
    );
    if (!good) console.log(text.replace(/^/gm, "       "));
    ok &&= good;
  };
  const blocked = spawnSync(process.execPath, [
    "-e",
    "fetch('https://example.com').then(() => process.exit(1), () => {})",
  ]);
  check("nothing but the registry is reached", { code: blocked.status, text: "" });
  const install = basename(manager).startsWith("npm") ? ["install", tarball] : ["add", tarball];
  check("install", await run(manager, install));
  const bin = join(folder, "node_modules", ".bin", "unrolled");
  writeFileSync(join(folder, "text.txt"), "the quick brown fox jumps over the lazy dog.\n".repeat(60));
  writeFileSync(
    join(folder, "use.mjs"),
    `import { charTokenizer, generate, load } from "unrolled";
     console.log(charTokenizer.fit("abc").encode("cab").join());
     let text = "";
     for await (const piece of generate(await load("model"), { maxTokens: 5 })) text += piece;
     console.log("sampled", text.length);`,
  );
  const train = ["train", "text.txt", "--out", "model", "--steps", "20", "--hidden", "16", "--overwrite"];
  const quiet = /^(?![\s\S]*warning)/;
  check("unrolled train, native", await run(bin, train), quiet);
  check("import, load, generate", await run(process.execPath, ["use.mjs"]), /sampled 5/);
  const installed = JSON.parse(
    (await run(process.execPath, ["-p", "JSON.stringify(require('fs').realpathSync('node_modules/unrolled'))"])).text,
  );
  rmSync(join(installed, "dist", "onnxruntime", "node", "bin"), { recursive: true });
  const warned = /warning: the native build of ONNX Runtime could not be loaded[^\n]*\n(?![\s\S]*warning)/;
  check("unrolled train, WebAssembly", await run(bin, train), warned);
  check("import, load, generate", await run(process.execPath, ["use.mjs"]), /sampled 5/);
  const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  console.log(`     ${basename(manager)}: unrolled ${version}`);
  process.exit(ok ? 0 : 1);
}
