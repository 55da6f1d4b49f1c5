// Opens an address in the browser of whoever runs the command.
import { spawn } from "node:child_process";
import type { Host } from "./host.ts";

/** Only from a terminal on a machine with a screen: not in CI, over SSH or into a pipe. The address is printed anyway. */
export function openBrowser(url: string, host: Host): void {
  const { platform } = process;
  if (!host.isTTY || host.env.CI || host.env.SSH_CONNECTION) return;
  if (platform === "linux" && !host.env.DISPLAY && !host.env.WAYLAND_DISPLAY) return;
  const [program, ...before] =
    platform === "darwin" ? ["open"] : platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  spawn(program!, [...before, url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
