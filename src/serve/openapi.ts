// The routes as an OpenAPI 3.1 description.
import { schemaOf } from "./fields.ts";
import type { Route } from "./routes.ts";

const error = {
  description: "The request was refused; `error.message` has the reason.",
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: {
          error: {
            type: "object",
            properties: {
              message: { type: "string" },
              type: { type: "string" },
              param: { type: ["string", "null"] },
              code: { type: "integer" },
            },
          },
        },
      },
    },
  },
};

const get = (summary: string, type = "application/json") => ({
  get: { summary, responses: { "200": { description: "OK", content: { [type]: {} } } } },
});

/** @param token whether requests need a bearer token */
export function openApi(routes: Readonly<Record<string, Route>>, { token }: { token: boolean }): object {
  const posts = Object.entries(routes).map(([path, { about, fields, answers }]) => [
    path,
    {
      post: {
        summary: about,
        requestBody: { required: true, content: { "application/json": { schema: schemaOf(fields) } } },
        responses: {
          "200": { description: answers, content: { "application/json": { schema: { type: "object" } } } },
          "4XX": error,
          "5XX": error,
        },
      },
    },
  ]);
  return {
    openapi: "3.1.0",
    info: { title: "Unrolled", version: "1", description: "Trained sequence models over HTTP." },
    ...(token
      ? { components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } }, security: [{ token: [] }] }
      : {}),
    paths: {
      ...Object.fromEntries(posts),
      "/v1/models": get("Lists the models."),
      "/health": get("Whether the process runs."),
      "/ready": get("Whether requests are taken."),
      "/metrics": get("Counters in the text format of Prometheus.", "text/plain"),
      "/openapi.json": get("This description."),
    },
  };
}
