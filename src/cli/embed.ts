// `unrolled embed`: learn word vectors, ask them, convert them.
import { Command } from "commander";
import { loadVectors } from "../node/vector-files.ts";
import { biasCommands } from "./embed-bias.ts";
import { convertCommand } from "./embed-convert.ts";
import { pictureCommands } from "./embed-picture.ts";
import { queryCommands } from "./embed-query.ts";
import { defaultHost, type EmbedHost } from "./embed-shared.ts";
import { trainCommand } from "./embed-train.ts";

/** The command with all that is under it, to be added to the program. */
export function embedCommand(host: EmbedHost = defaultHost()): Command {
  const embed = new Command("embed").description("learn word vectors, load them, ask them, look at them");
  const commands = [
    trainCommand(host),
    ...queryCommands(host),
    ...biasCommands(host),
    convertCommand(host),
    ...pictureCommands(async (path, options) => (await loadVectors(path, options)).vectors),
  ];
  for (const command of commands) embed.addCommand(command);
  return embed;
}
