import { expect, it } from "vitest";
import { familyOf, libraryNames } from "./families.ts";
import { launchOf } from "./launch.ts";
import { checkFit } from "./library.ts";
import { coresOf } from "./ranks.ts";

const openMpi = { OMPI_COMM_WORLD_SIZE: "4", OMPI_COMM_WORLD_RANK: "2", PMIX_RANK: "2" };
const hydra = { PMI_SIZE: "2", PMI_RANK: "0", HYDI_CONTROL_FD: "7", MPI_LOCALNRANKS: "2" };

it("finds the job in the environment that each launcher sets", () => {
  expect(launchOf(openMpi)).toMatchObject({ family: "Open MPI", rank: 2, size: 4 });
  expect(launchOf(hydra)).toMatchObject({ family: "MPICH", rank: 0, size: 2, local: 2 });
  expect(launchOf({ ...hydra, HYDI_CONTROL_FD: undefined, SLURM_STEP_ID: "0" })).toMatchObject({ size: 2 });
  expect(launchOf({ PMIX_RANK: "1", SLURM_STEP_NUM_TASKS: "8" })).toMatchObject({ rank: 1, size: 8 });
});

it.each([{}, { SLURM_NTASKS: "4", SLURM_PROCID: "0" }, { ...hydra, PMI_SIZE: "1" }, { PMI_RANK: "0" }])(
  "sees an ordinary process: %o",
  (env) => expect(launchOf(env)).toBeUndefined(),
);

it.each([
  ["Open MPI v4.1.4, package: Debian OpenMPI", "libmpi.so.40", "Open MPI"],
  ["MPICH Version:\t4.0.2", "libmpich.so.12", "MPICH"],
  ["Intel(R) MPI Library 2021.9 for Linux* OS", "libmpi.so.12", "MPICH"],
  ["MVAPICH2 Version : 2.3.7", "libmpi.so.12", "MPICH"],
  ["MPICH Version: 5.0.0", "libmpi_abi.so.0", "MPI ABI"],
  ["Microsoft MPI 10.1", "msmpi.dll", undefined],
])("recognizes %s", (version, path, name) => expect(familyOf(version, path)?.name).toBe(name));

it("looks for the launcher's own library first, and refuses one that does not fit", () => {
  expect(libraryNames("MPICH", "linux")[0]).toBe("libmpi.so.12");
  expect(libraryNames(undefined, "darwin")[0]).toBe("libmpi.40.dylib");
  const launch = launchOf(openMpi)!;
  expect(() => checkFit(launch, { name: "MPICH" }, "MPICH 4.0.2 (libmpich.so.12)")).toThrow(
    "mpi: the launcher is Open MPI (OMPI_COMM_WORLD_SIZE=4), the library is MPICH 4.0.2 (libmpich.so.12)",
  );
  expect(() => checkFit(launch, { name: "Open MPI" }, "")).not.toThrow();
  expect(() => checkFit(launch, { name: "MPI ABI" }, "")).not.toThrow(); // its size is compared once it has begun
});

it("shares the cores of a machine among its ranks, and warns where a rank is bound to fewer", () => {
  const place = (host: string, available: number) => ({ host, available, cores: 16 });
  expect(coresOf([place("a", 16), place("a", 16)])).toEqual({ cores: 8, warnings: [] });
  expect(coresOf([place("a", 16), place("b", 16), place("b", 16)])).toMatchObject({ cores: 8 });
  expect(coresOf([place("a", 1), place("a", 1)])).toMatchObject({
    cores: 1,
    warnings: [expect.stringContaining("bound to 1 of its machine's cores, where 8 are free")],
  });
  expect(coresOf([place("a", 8), place("a", 8)])).toEqual({ cores: 8, warnings: [] });
});
