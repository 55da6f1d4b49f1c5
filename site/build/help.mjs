// The help of every command, from the command line itself, in this process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const dist = join(import.meta.dirname, "..", "..", "dist");
const load = (path) => import(pathToFileURL(join(dist, path)).href);

export async function everyHelp() {
  const { runProgram } = await load("cli/program.js");
  const { plainColors } = await load("terminal/index.js");
  const help = async (...args) => {
    let out = "";
    const host = {
      out: (text) => {
        out += text;
      },
      err: () => {},
      isTTY: false,
      env: {},
      columns: () => 80,
      colors: plainColors,
      exitCode: 0,
    };
    await runProgram([...args, "--help"], host, "0.0.0").catch((error) => {
      if (error.code !== "commander.helpDisplayed") throw error;
    });
    return out.trim();
  };
  const names = (text) => {
    const list = /^Commands:\n([\s\S]*?)(?:\n\n|$)/m.exec(text)?.[1] ?? "";
    return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name).filter((name) => name !== "help");
  };
  const whole = await help();
  const found = [{ command: "unrolled", text: whole }];
  for (const name of names(whole)) {
    const text = await help(name);
    found.push({ command: `unrolled ${name}`, text });
    for (const sub of names(text)) found.push({ command: `unrolled ${name} ${sub}`, text: await help(name, sub) });
  }
  return found;
}
