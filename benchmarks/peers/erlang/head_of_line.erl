%% How long a small call takes while large messages stream to the same peer.
-module(head_of_line).
-export([main/1, take/0]).

-define(BULK_BYTES, 1000000).
-define(CALL_BYTES, 1024).

%% Label starts the names of the cases; Window is how many large messages are sent and not yet acknowledged.
main([PeerName, Label, Window]) ->
    Peer = list_to_atom(PeerName),
    bench:connect(Peer),
    {ok, Echo} = erpc:call(Peer, bench, start_echo, []),
    Request = binary:copy(<<"x">>, ?CALL_BYTES),
    Streamer = start_stream(Peer, list_to_integer(Window)),
    bench:calls_for(Echo, Request, 1000),
    received(Streamer),
    Start = erlang:monotonic_time(microsecond),
    Took = bench:calls_for(Echo, Request, 4000),
    Megabytes = received(Streamer) * ?BULK_BYTES / 1.0e6,
    Seconds = (erlang:monotonic_time(microsecond) - Start) / 1.0e6,
    Report = fun(Figure, Value) -> bench:report(Label ++ Figure, Value) end,
    Report(" p50", bench:percentile(Took, 50) / 1000),
    Report(" p99", bench:percentile(Took, 99) / 1000),
    Report(" bulk", Megabytes / Seconds).

start_stream(Peer, Window) ->
    Taker = spawn(Peer, ?MODULE, take, []),
    Bulk = binary:copy(<<"x">>, ?BULK_BYTES),
    spawn_link(fun() -> stream(Taker, Bulk, Window, 0) end).

stream(Taker, Bulk, Window, Received) when Window > 0 ->
    Taker ! {bulk, self(), Bulk},
    stream(Taker, Bulk, Window - 1, Received);
stream(Taker, Bulk, 0, Received) ->
    receive
        received -> stream(Taker, Bulk, 1, Received + 1);
        {count, From} -> From ! {count, self(), Received}, stream(Taker, Bulk, 0, 0)
    end.

%% How many messages Peer has acknowledged since the last time this was asked.
received(Streamer) ->
    Streamer ! {count, self()},
    receive {count, Streamer, Received} -> Received end.

%% On the peer: acknowledges what arrives.
take() ->
    receive {bulk, From, Bulk} when byte_size(Bulk) =:= ?BULK_BYTES -> From ! received end,
    take().
