// A start, bare: a process of Node that does nothing but say so.
process.send({ rssBytes: process.memoryUsage.rss() });
process.disconnect();
