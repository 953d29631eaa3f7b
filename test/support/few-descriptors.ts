// A node in a process that may open few files. It says its port, and then, each time it is asked, how it is.
import { Foundation } from "@foundation/runtime";

const logged: string[] = [];
const log = {
  debug() {},
  info() {},
  warn: (event: string) => void logged.push(event),
  error: (event: string) => void logged.push(event),
};
const node = await Foundation.start({ name: "few", cluster: "none", secret: "the secret of few files", log });
process.on("message", () => {
  process.send?.({
    members: node.members().length,
    refused: node.transport.stats().refusedConnections,
    lines: logged.length,
  });
});
process.send?.({ port: node.transport.address.port });
