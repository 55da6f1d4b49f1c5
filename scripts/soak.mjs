// Kills trainings of every task at random instants, resumes them, and compares the saved bytes with those of a run that was
// never stopped. Uses the command line as a user would. The same seed gives the same data and draws; a soak that is stopped
// goes on from where it was when it is started again with the same folder.
//
//   npm run soak -- [--runs 100] [--seed 1] [--tasks tagger,embed] [--folder /tmp/soak]
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { optionsOf, resumable, stopAfterRound, unrolled } from "./processes.mjs";
import { soakTasks, uniform } from "./soak-tasks.mjs";

const values = optionsOf({ runs: "100", seed: "1", tasks: undefined, folder: join(tmpdir(), "unrolled-soak") });
const { folder } = values;
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const draw = (...place) => uniform(seed, ...place);
mkdirSync(join(folder, "data"), { recursive: true });
const tasks = soakTasks((name) => join(folder, "data", name), values.tasks?.split(","));

mkdirSync(join(folder, "through"), { recursive: true });
const settings = { seed, tasks: tasks.map(({ name }) => name) };
const { state, keep } = resumable(join(folder, "soak.json"), settings, { done: 0, counts: {}, through: {} });
const flag = stopAfterRound();

for (const task of tasks) await runThrough(task);
for (let run = state.done; run < runs && !flag.stopping; run++) {
  const outcome = await soak(run, tasks[Math.floor(draw(run, 0) * tasks.length)]);
  state.done = run + 1;
  for (const [name, count] of Object.entries(outcome)) state.counts[name] = (state.counts[name] ?? 0) + count;
  keep();
}
const { equal = 0, different = 0, kills = 0, resumed = 0, restarted = 0, absent = 0 } = state.counts;
console.log(
  `${kills} kills: ${resumed} resumed, ${restarted} started again by --resume, ${absent} before the folder existed`,
);
console.log(`${equal} passed, ${different} failed`);
process.exitCode = different === 0 && (flag.stopping || state.done >= runs) ? 0 : 1;

/** Files that the run ends with, and that hold what was trained. */
function results(out) {
  const names = readdirSync(out).filter((name) => /safetensors$|\.bin$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name))]));
}

async function runThrough(task) {
  if (state.through[task.name] && existsSync(join(folder, "through", task.name))) return;
  const out = join(folder, "through", task.name);
  rmSync(out, { recursive: true, force: true });
  const ran = await unrolled(task.train(out), { cwd: folder });
  if (ran.code !== 0) throw new Error(`${task.name}: the run through failed\n${ran.text}`);
  state.through[task.name] = ran.used;
  keep();
}

/** One run: killed once or more, resumed until it ends. */
async function soak(run, task) {
  const out = join(folder, "killed");
  for (const name of readdirSync(folder)) {
    if (/^\.?killed/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const counts = { kills: 0, resumed: 0, restarted: 0, absent: 0 };
  const log = [];
  for (let part = 0; ; part++) {
    const exists = existsSync(out) || existsSync(join(folder, ".killed.unrolled-old"));
    const args = part === 0 || !exists ? task.train(out) : task.resume(out);
    const alone = part > 3 || (part > 0 && draw(run, part, 1) < 0.5); // at last it may end
    const ran = await unrolled(args, {
      cwd: folder,
      killAfter: alone ? undefined : draw(run, part, 2) * state.through[task.name],
    });
    log.push(
      `${args.join(" ")}: ${ran.signal ?? `code ${ran.code}`} after ${Math.round(ran.used)} ms of processor time`,
    );
    if (part > 0 && exists) counts[/start(ing|ed) again|"restart"/i.test(ran.text) ? "restarted" : "resumed"]++;
    if (part > 0 && !exists) counts.absent++;
    if (ran.signal === "SIGKILL") {
      counts.kills++;
      continue;
    }
    // Killed after the model was saved, while the run reported on it: there is nothing left to resume.
    if (/the run has finished/.test(ran.text)) break;
    if (ran.code !== 0) return report(run, task, counts, [...log, ran.text]);
    break;
  }
  const [expected, received] = [results(join(folder, "through", task.name)), results(out)];
  const same =
    Object.keys(expected).join() === Object.keys(received).join() &&
    Object.keys(expected).every((name) => expected[name].equals(received[name]));
  const left = readdirSync(folder).filter((name) => /^\.killed/.test(name));
  if (same && left.length === 0) return report(run, task, counts);
  return report(run, task, counts, [
    ...log,
    same ? `left behind: ${left.join(", ")}` : "other bytes than the run through",
  ]);
}

function report(run, { name }, counts, failure) {
  console.log(`${failure ? "FAIL" : "ok  "} ${run} ${name}: ${counts.kills} kills`);
  if (failure) console.log(failure.join("\n").replace(/^/gm, "       "));
  return { ...counts, [failure ? "different" : "equal"]: 1 };
}
