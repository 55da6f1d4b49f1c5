export { type ExportedModule, type ExportModuleOptions, exportModule } from "./export-module.ts";
export { type ExportPageOptions, exportPage } from "./export-page.ts";
export { type WeightFormat, withStored } from "./quantize.ts";
