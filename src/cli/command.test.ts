import { expect, it } from "vitest";
import { makeCommand } from "./command.ts";
import { int, toggle } from "./flags.ts";

it.each([
  [[], { port: 80 }],
  [["--no-open"], { noOpen: true, port: 80 }],
  [["--port", "1", "--all"], { all: true, port: 1 }],
])("a command has the values of its flags by their names: %j", async (args, expected) => {
  const flags = {
    noOpen: toggle("--no-open", "do not open"),
    all: toggle("--all", "all"),
    port: int("--port <n>", "port", {}, { value: 80 }),
  };
  const seen: unknown[] = [];
  await makeCommand("serve", { flags }, (values) => seen.push(values)).parseAsync(args, { from: "user" });
  expect(seen).toStrictEqual([expected]);
});
