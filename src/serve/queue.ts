// Dynamic batches: what arrives while a batch runs is the next batch. Nothing waits for a batch to fill up.

export interface QueueStats {
  waiting: number;
  /** Batches by number of inputs: index i counts those of up to 2^i. */
  batchInputs: number[];
  batchSeconds: number;
}

export interface BatchQueue<Input, Output> {
  readonly stats: QueueStats;
  /** Results in the order of the inputs. Requests with equal `options` (as JSON) may share a batch. */
  run(inputs: readonly Input[], options: object, signal?: AbortSignal): Promise<readonly Output[]>;
  /** Waits for what runs; refuses what waits. */
  close(): Promise<void>;
}

interface Job<Input, Output> {
  readonly inputs: readonly Input[];
  readonly options: object;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  resolve(outputs: readonly Output[]): void;
  reject(error: unknown): void;
}

/** @param most inputs of one batch; a single larger request is a batch of its own */
export function batchQueue<Input, Output>(
  runBatch: (inputs: readonly Input[], options: object) => Promise<readonly Output[]>,
  { most = 256 }: { most?: number } = {},
): BatchQueue<Input, Output> {
  let waiting: Job<Input, Output>[] = [];
  let working: Promise<void> | undefined;
  let closed = false;
  const stats: QueueStats = { waiting: 0, batchInputs: new Array<number>(12).fill(0), batchSeconds: 0 };

  /** The first job, and those after it that fit in its batch. */
  function nextBatch(): Job<Input, Output>[] {
    const [first] = waiting;
    let size = 0;
    const batch = waiting.filter((job) => {
      if (job !== first && (job.key !== first!.key || size + job.inputs.length > most)) return false;
      size += job.inputs.length;
      return true;
    });
    waiting = waiting.filter((job) => !batch.includes(job));
    return batch;
  }

  async function serve(batch: readonly Job<Input, Output>[]): Promise<void> {
    const inputs = batch.flatMap((job) => job.inputs);
    const began = performance.now();
    try {
      const outputs = await runBatch(inputs, batch[0]!.options);
      let at = 0;
      for (const job of batch) {
        job.resolve(outputs.slice(at, at + job.inputs.length));
        at += job.inputs.length;
      }
      stats.batchInputs[Math.min(11, Math.ceil(Math.log2(Math.max(1, inputs.length))))]!++;
      stats.batchSeconds += (performance.now() - began) / 1000;
    } catch (error) {
      if (batch.length === 1) return batch[0]!.reject(error);
      // One request's fault is not the others': each runs alone.
      for (const job of batch) await serve([job]);
    }
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      for (const job of waiting) if (job.signal?.aborted) job.reject(job.signal.reason);
      waiting = waiting.filter((job) => !job.signal?.aborted);
      if (waiting.length === 0) break;
      const batch = nextBatch();
      stats.waiting = waiting.length;
      await serve(batch);
    }
    stats.waiting = 0;
    working = undefined;
  }

  return {
    stats,
    run: (inputs, options, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error("the server is closing"));
        if (inputs.length === 0) return resolve([]);
        waiting.push({ inputs, options, key: JSON.stringify(options), signal, resolve, reject });
        stats.waiting = waiting.length;
        // Requests that arrive in the same turn share the first batch.
        working ??= new Promise<void>((next) => setTimeout(next, 0)).then(work);
      }),
    async close() {
      closed = true;
      for (const job of waiting) job.reject(new Error("the server is closing"));
      waiting = [];
      await working;
    },
  };
}
