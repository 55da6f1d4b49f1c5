// The three binary interfaces of MPI: the type of a handle, and the values of the handles and constants that are used here.
// From mpi.h of Open MPI 4.1, of MPICH 4.0, and of the standard ABI of MPI 5.0.

/** Names of handles. */
type Handle = "world" | "float" | "byte" | "sum" | "errorsReturn";

export interface Family {
  readonly name: "Open MPI" | "MPICH" | "MPI ABI";
  /** C type of a handle. */
  readonly handle: "int" | "intptr_t";
  /** A value, or the symbol whose address is the value. */
  readonly handles: Readonly<Record<Handle, number | string>>;
  /** MPI_IN_PLACE, as an address. */
  readonly inPlace: number;
  /** MPI_THREAD_FUNNELED: only the main thread calls. */
  readonly funneled: number;
}

const openMpi: Family = {
  name: "Open MPI",
  handle: "intptr_t",
  handles: {
    world: "ompi_mpi_comm_world",
    float: "ompi_mpi_float",
    byte: "ompi_mpi_byte",
    sum: "ompi_mpi_op_sum",
    errorsReturn: "ompi_mpi_errors_return",
  },
  inPlace: 1,
  funneled: 1,
};

/** Intel MPI, MVAPICH and Cray MPICH share it. */
const mpich: Family = {
  name: "MPICH",
  handle: "int",
  handles: {
    world: 0x44000000,
    float: 0x4c00040a,
    byte: 0x4c00010d,
    sum: 0x58000003,
    errorsReturn: 0x54000001,
  },
  inPlace: -1,
  funneled: 1,
};

const standard: Family = {
  name: "MPI ABI",
  handle: "intptr_t",
  handles: { world: 0x101, float: 0x210, byte: 0x247, sum: 0x21, errorsReturn: 0x143 },
  inPlace: 1,
  funneled: 1024,
};

/**
 * The interface of a library.
 *
 * @param version what MPI_Get_library_version says
 * @param path of the file: `libmpi_abi` has the standard interface whoever built it
 */
export function familyOf(version: string, path: string): Family | undefined {
  if (/libmpi_abi/.test(path)) return standard;
  if (/^Open MPI/.test(version)) return openMpi;
  return /MPICH|MVAPICH|Intel\(R\) MPI/i.test(version) ? mpich : undefined;
}

const files = {
  linux: { "Open MPI": ["libmpi.so.40"], MPICH: ["libmpi.so.12", "libmpich.so.12"], "MPI ABI": ["libmpi_abi.so.0"] },
  darwin: {
    "Open MPI": ["libmpi.40.dylib"],
    MPICH: ["libmpi.12.dylib", "libmpich.12.dylib"],
    "MPI ABI": ["libmpi_abi.0.dylib"],
  },
};

/** Names of libraries for the system's loader, in the order to try: those of the launcher's implementation first. */
export function libraryNames(family: "Open MPI" | "MPICH" = "Open MPI", platform: string = process.platform): string[] {
  const known = files[platform === "darwin" ? "darwin" : "linux"];
  const other = family === "MPICH" ? "Open MPI" : "MPICH";
  return [...known[family], ...known["MPI ABI"], ...known[other]];
}
