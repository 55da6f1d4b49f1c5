// What a route needs beside the body of a request.
import type { Backend } from "./backend.ts";

export interface Limits {
  /** Inputs of a request. */
  readonly inputs: number;
  /** Tokens that a request may draw for each text. */
  readonly tokens: number;
}

export interface RouteContext {
  readonly backend: Backend;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Called once with the time to the first token of a stream. */
  firstToken(): void;
}
