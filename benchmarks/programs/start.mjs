// One start of a node, from the built packages as users have them: plain JavaScript, so that nothing but Node itself runs beside it.
const begin = performance.now();
const { Actor, Foundation } = await import("@foundation/runtime");
const imported = performance.now();
const node = await Foundation.start({ name: "first", directory: process.argv[2], logLevel: "silent" });
const started = performance.now();

class Echo extends Actor {
  echo(request) {
    return request;
  }
}

if ((await node.spawn(Echo).ask.echo("ping")) !== "ping") throw new Error("The answer is wrong.");
const answered = performance.now();
process.send({
  importMs: imported - begin,
  startMs: started - imported,
  askMs: answered - started,
  rssBytes: process.memoryUsage.rss(),
});
await node.stop();
process.disconnect();
