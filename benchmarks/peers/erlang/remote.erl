%% Two VMs, one connection of Erlang's distribution: everything is sent to, and counted on, the node Peer.
-module(remote).
-export([main/1]).

main([PeerName]) ->
    Peer = list_to_atom(PeerName),
    bench:connect(Peer),
    Sink = spawn(Peer, bench, count, [0]),
    {ok, Echo} = erpc:call(Peer, bench, start_echo, []),
    bench:report("tell 128 B", tell(Sink, 128)),
    bench:report("tell 1 KiB", tell(Sink, 1024)),
    bench:report("ask sequential", ask_sequential(Echo)),
    bench:report("ask 128 in flight", ask_in_flight(Echo, 128)),
    bench:report("bulk 1 MiB", bulk(Sink)).

%% Messages a second.
tell(Sink, Bytes) ->
    Message = {tell, binary:copy(<<"x">>, Bytes)},
    Tell = fun(Ms) -> bench:send_for(Sink, {Message, 1000}, Ms) end,
    Tell(500),
    bench:median_of(3, fun() -> Tell(1000) end).

%% Microseconds a call.
ask_sequential(Echo) ->
    bench:calls_for(Echo, ping, 500),
    bench:median(bench:calls_for(Echo, ping, 2000)).

%% Calls a second with InFlight callers, each of which calls again as soon as it has its answer.
ask_in_flight(Echo, InFlight) ->
    Ask = fun(Ms) ->
        Self = self(),
        Callers = [spawn_link(fun() -> Self ! {self(), length(bench:calls_for(Echo, ping, Ms))} end)
                   || _ <- lists:seq(1, InFlight)],
        lists:sum([receive {Caller, Calls} -> Calls end || Caller <- Callers]) * 1000 / Ms
    end,
    Ask(500),
    bench:median_of(3, fun() -> Ask(1000) end).

%% Megabytes (10^6 bytes) a second.
bulk(Sink) ->
    Bytes = 1024 * 1024,
    Message = {tell, binary:copy(<<"x">>, Bytes)},
    Send = fun(Ms) -> bench:send_for(Sink, {Message, 8}, Ms) * Bytes / 1.0e6 end,
    Send(500),
    bench:median_of(3, fun() -> Send(1000) end).
