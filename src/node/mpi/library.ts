// The system's MPI library, called through the package koffi. Both are loaded here and nowhere else.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fail } from "../../base/index.ts";
import { type Family, familyOf, libraryNames } from "./families.ts";
import type { Launch } from "./launch.ts";

/** What is used of koffi. */
interface Koffi {
  load(
    path: string,
    options: { lazy: boolean; global: boolean },
  ): {
    func(definition: string): (...args: unknown[]) => number;
    symbol(name: string): unknown;
  };
  address(value: unknown): bigint;
}

/** The functions of MPI that are used, on the communicator of all ranks. They block, and throw where MPI reports an error. */
export interface MpiLibrary {
  /** `Open MPI v4.1.4 (libmpi.so.40)` */
  readonly title: string;
  readonly family: Family;
  init(): void;
  rank(): number;
  size(): number;
  /** All ranks send `block` bytes; `receive` gets them one after another. */
  gatherBytes(send: Uint8Array, receive: Uint8Array, block: number): void;
  gatherFloats(send: Float32Array, receive: Float32Array, block: number): void;
  exchangeFloats(send: Float32Array, receive: Float32Array, block: number): void;
  sumFloats(values: Float32Array): void;
  /** Begins a barrier; the returned function looks whether all ranks have reached it. */
  barrier(): () => boolean;
  finalize(): void;
  abort(code: number): void;
}

/**
 * Loads the library that fits the launcher: the file that the environment variable UNROLLED_MPI names, or the first one
 * that the system's loader finds.
 *
 * @throws UnrolledError with code "missing" where koffi or an MPI library is not installed, or the library is not one of the
 *   launcher's
 */
export async function loadMpi(launch: Launch, path = process.env.UNROLLED_MPI): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  const names = path === undefined ? libraryNames(launch.family) : [path];
  for (const name of names) {
    const library = open(koffi, name);
    if (!library) continue;
    const text = Buffer.alloc(8192);
    const length = new Int32Array(1);
    library.func("int MPI_Get_library_version(void *, void *)")(text, length);
    const version = text.toString("utf8", 0, length[0]).replace(/\0.*$/s, "").trim();
    const family = familyOf(version, name);
    const title = `${titleOf(version)} (${name})`;
    if (!family)
      fail({ where, code: "missing", expected: "Open MPI, or MPICH or one of its relatives", received: title });
    checkFit(launch, family, title);
    return bind(koffi, library, family, title);
  }
  return fail({
    where,
    code: "missing",
    expected: `an MPI library: ${names.join(", ")}`,
    received: "none",
    hint: "install the library of your launcher (Debian: openmpi-bin or mpich), or name its file in UNROLLED_MPI",
  });
}

const where = "mpi";

/** @throws UnrolledError where the library belongs to another implementation: each rank would believe that it is alone */
export function checkFit({ launcher, family: own }: Launch, { name }: Pick<Family, "name">, title: string): void {
  if (own === undefined || name === own || name === "MPI ABI") return;
  fail({
    where,
    code: "missing",
    problem: `the launcher is ${launcher}, the library is ${title}`,
    hint: `start with the mpirun of ${name}, or name the library of ${own} in UNROLLED_MPI`,
  });
}

/** `Open MPI v4.1.4`, `MPICH 4.0.2`, `Intel(R) MPI Library 2021.9` */
const titleOf = (version: string): string =>
  version
    .split(/[\n,]/)[0]!
    .replace(/\s*Version:\s*/, " ")
    .trim()
    .slice(0, 80);

async function loadKoffi(): Promise<Koffi> {
  const name = "koffi";
  try {
    return ((await import(name)) as { default: Koffi }).default;
  } catch {
    try {
      const path = createRequire(join(process.cwd(), "package.json")).resolve(name);
      return ((await import(pathToFileURL(path).href)) as { default: Koffi }).default;
    } catch (error) {
      const found = String((error as NodeJS.ErrnoException).code).endsWith("MODULE_NOT_FOUND");
      return fail({
        where,
        code: "missing",
        problem: found
          ? "training on several ranks needs the package koffi, which is not installed"
          : `the package koffi cannot be loaded: ${(error as Error).message.split("\n")[0]}`,
        hint: "npm install --ignore-scripts koffi",
      });
    }
  }
}

type Handle = ReturnType<Koffi["load"]>;

/** RTLD_GLOBAL: the plug-ins of Open MPI look for symbols of the library. */
function open(koffi: Koffi, name: string): Handle | undefined {
  try {
    return koffi.load(name, { lazy: true, global: true });
  } catch (error) {
    if (process.env.UNROLLED_MPI === undefined) return undefined;
    return fail({
      where: "UNROLLED_MPI",
      code: "missing",
      problem: `cannot be loaded: ${(error as Error).message.split("\n")[0]}`,
    });
  }
}

function bind(koffi: Koffi, library: Handle, family: Family, title: string): MpiLibrary {
  const { handle: h } = family;
  const value = (name: keyof Family["handles"]) => {
    const given = family.handles[name];
    return typeof given === "number" ? given : koffi.address(library.symbol(given));
  };
  const [world, float, byte, sum] = [value("world"), value("float"), value("byte"), value("sum")];
  const errorString = library.func("int MPI_Error_string(int, void *, void *)");
  /** Throws what the function reports. */
  const checked = (name: string, parameters: string) => {
    const call = library.func(`int ${name}(${parameters})`);
    return (...args: unknown[]) => {
      const code = call(...args);
      if (code === 0) return;
      const text = Buffer.alloc(8192);
      const length = new Int32Array(1);
      errorString(code, text, length);
      fail({ where: name, code: "internal", problem: text.toString("utf8", 0, length[0]) });
    };
  };
  const initThread = checked("MPI_Init_thread", "void *, void *, int, void *");
  const setErrors = checked("MPI_Comm_set_errhandler", `${h}, ${h}`);
  const allgather = checked("MPI_Allgather", `void *, int, ${h}, void *, int, ${h}, ${h}`);
  const alltoall = checked("MPI_Alltoall", `void *, int, ${h}, void *, int, ${h}, ${h}`);
  const allreduce = checked("MPI_Allreduce", `intptr_t, void *, int, ${h}, ${h}, ${h}`);
  const ibarrier = checked("MPI_Ibarrier", `${h}, void *`);
  const test = checked("MPI_Test", "void *, void *, void *");
  const number = (name: string) => {
    const call = checked(name, `${h}, void *`);
    return () => {
      const out = new Int32Array(1);
      call(world, out);
      return out[0]!;
    };
  };
  return {
    title,
    family,
    init() {
      initThread(null, null, family.funneled, new Int32Array(1));
      setErrors(world, value("errorsReturn"));
    },
    rank: number("MPI_Comm_rank"),
    size: number("MPI_Comm_size"),
    gatherBytes: (send, receive, block) => allgather(send, block, byte, receive, block, byte, world),
    gatherFloats: (send, receive, block) => allgather(send, block, float, receive, block, float, world),
    exchangeFloats: (send, receive, block) => alltoall(send, block, float, receive, block, float, world),
    sumFloats: (values) => allreduce(family.inPlace, values, values.length, float, sum, world),
    barrier() {
      const request = new BigInt64Array(1);
      ibarrier(world, request);
      return () => {
        const [done, status] = [new Int32Array(1), new BigInt64Array(16)];
        test(request, done, status);
        return done[0] === 1;
      };
    },
    finalize: checked("MPI_Finalize", ""),
    abort: (code) => library.func(`int MPI_Abort(${h}, int)`)(world, code),
  };
}
