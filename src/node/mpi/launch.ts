// Whether an MPI launcher started this process, by the environment that it sets. Nothing of MPI is loaded to find out.

/** What the launcher said about its job. */
export interface Launch {
  /** `Open MPI (OMPI_COMM_WORLD_SIZE=4)` */
  readonly launcher: string;
  /** The implementation whose ranks find each other under this launcher; undefined where several do (PMIx). */
  readonly family?: "Open MPI" | "MPICH";
  readonly rank: number;
  readonly size: number;
  /** Ranks on this machine, and the number of this one among them, where the launcher counts them. */
  readonly local?: number;
  readonly localRank?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/**
 * The job that this process is a rank of; undefined without a launcher, and where there is one rank: it is an ordinary process.
 * Open MPI, everything with a PMI of its own (MPICH, Intel MPI, MVAPICH, `srun --mpi=pmi2`), and `srun --mpi=pmix`.
 */
export function launchOf(env: Environment): Launch | undefined {
  const found = openMpi(env) ?? pmi(env) ?? pmix(env);
  return found && found.size > 1 ? found : undefined;
}

function openMpi(env: Environment): Launch | undefined {
  const [rank, size] = [count(env.OMPI_COMM_WORLD_RANK), count(env.OMPI_COMM_WORLD_SIZE)];
  if (rank === undefined || size === undefined) return undefined;
  return {
    launcher: `Open MPI (OMPI_COMM_WORLD_SIZE=${size})`,
    family: "Open MPI",
    rank,
    size,
    local: count(env.OMPI_COMM_WORLD_LOCAL_SIZE),
    localRank: count(env.OMPI_COMM_WORLD_LOCAL_RANK),
  };
}

function pmi(env: Environment): Launch | undefined {
  const [rank, size] = [count(env.PMI_RANK), count(env.PMI_SIZE)];
  if (rank === undefined || size === undefined) return undefined;
  const slurm = env.SLURM_STEP_ID !== undefined && env.HYDI_CONTROL_FD === undefined;
  return {
    launcher: `${slurm ? "Slurm's PMI" : "MPICH"} (PMI_SIZE=${size})`,
    ...(slurm ? {} : { family: "MPICH" }),
    rank,
    size,
    local: count(env.MPI_LOCALNRANKS),
    localRank: count(env.MPI_LOCALRANKID ?? env.SLURM_LOCALID),
  };
}

function pmix(env: Environment): Launch | undefined {
  const [rank, size] = [count(env.PMIX_RANK), count(env.SLURM_STEP_NUM_TASKS ?? env.SLURM_NTASKS)];
  if (rank === undefined || size === undefined) return undefined;
  return { launcher: `PMIx (PMIX_RANK, ${size} tasks of Slurm)`, rank, size, localRank: count(env.SLURM_LOCALID) };
}
