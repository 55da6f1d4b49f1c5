// `unrolled embed`: train word vectors, load, query, convert and draw them.
import type { Command } from "commander";
import { makeGroup } from "../../command.ts";
import type { Host } from "../../host.ts";
import { biasCommands } from "./bias.ts";
import { convertCommand } from "./convert.ts";
import { pictureCommands } from "./picture.ts";
import { queryCommands } from "./query.ts";
import { trainCommand } from "./train.ts";

export const embedCommand = (host: Host): Command =>
  makeGroup("embed", [
    trainCommand(host),
    ...queryCommands(host),
    ...biasCommands(host),
    convertCommand(host),
    ...pictureCommands(host),
  ]);
