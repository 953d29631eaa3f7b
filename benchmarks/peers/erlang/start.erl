%% A node of its own that starts an echo server and calls it once.
-module(start).
-export([main/1]).

main([]) ->
    {ok, Echo} = bench:start_echo(),
    ping = gen_server:call(Echo, ping),
    io:format("answered~n"),
    bench:report("resident memory", resident_bytes() / 1.0e6).

%% As Linux counts it. /proc says it in kB.
resident_bytes() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s+(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(Kilobytes) * 1024.
