// `unrolled embed`: train word vectors, load, query, convert and draw them.
import { Command } from "commander";
import type { Host } from "../../host.ts";
import { biasCommands } from "./bias.ts";
import { convertCommand } from "./convert.ts";
import { pictureCommands } from "./picture.ts";
import { queryCommands } from "./query.ts";
import { trainCommand } from "./train.ts";

/** The command with its subcommands. */
export function embedCommand(host: Host): Command {
  const embed = new Command("embed").description("train, query, convert and draw word vectors");
  const commands = [
    trainCommand(host),
    ...queryCommands(host),
    ...biasCommands(host),
    convertCommand(host),
    ...pictureCommands(host),
  ];
  for (const command of commands) embed.addCommand(command);
  return embed;
}
