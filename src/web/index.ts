export { type WebEngineOptions, webEngine } from "./engine.ts";
