// The workers of vitest share the cores: in each of them the package sees one core. Tests of threads name a number; processes
// and workers that a test starts see all cores.
import { createRequire, syncBuiltinESMExports } from "node:module";

const os = createRequire(import.meta.url)("node:os") as typeof import("node:os");
os.availableParallelism = () => 1;
syncBuiltinESMExports();
