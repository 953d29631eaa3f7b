%% One VM: messages, calls, spawns and the memory of an idle process.
-module(local).
-export([main/1, idle/1]).

main([]) ->
    bench:report("tell", tell()),
    bench:report("ask", ask()),
    bench:report("spawn", spawned()),
    bench:report("bytes per idle actor", bytes_per_process()).

%% Messages a second from one process to another, counted by the receiver.
tell() ->
    Sink = spawn(bench, count, [0]),
    Tell = fun(Ms) -> bench:send_for(Sink, {{tell, 1}, 1000}, Ms) end,
    Tell(500),
    bench:median_of(3, fun() -> Tell(1000) end).

%% gen_server calls a second, one after the other.
ask() ->
    {ok, Echo} = bench:start_echo(),
    calls(Echo, 200000),
    bench:median_of(3, fun() ->
        per_second(1000000, fun() -> calls(Echo, 1000000) end)
    end).

calls(_, 0) -> ok;
calls(Server, Left) ->
    ping = gen_server:call(Server, ping),
    calls(Server, Left - 1).

%% Processes a second that were spawned and have confirmed that they run; ending them is not measured.
spawned() ->
    bench:median_of(7, fun() ->
        {Took, Pids} = timer:tc(fun() -> idle_processes(100000) end),
        stop(Pids),
        length(Pids) * 1.0e6 / Took
    end).

bytes_per_process() ->
    erlang:garbage_collect(),
    Before = erlang:memory(processes),
    Pids = idle_processes(100000),
    erlang:garbage_collect(),
    %% The list that holds the pids is the measuring process's, not theirs.
    Bytes = erlang:memory(processes) - Before - 16 * length(Pids),
    stop(Pids),
    Bytes / length(Pids).

idle_processes(Count) ->
    Self = self(),
    Pids = [spawn(?MODULE, idle, [Self]) || _ <- lists:seq(1, Count)],
    [receive started -> ok end || _ <- Pids],
    Pids.

idle(Parent) ->
    Parent ! started,
    loop(0).

loop(State) ->
    receive
        {add, N} -> loop(State + N);
        {stop, From} -> From ! stopped
    end.

stop(Pids) ->
    [Pid ! {stop, self()} || Pid <- Pids],
    [receive stopped -> ok end || _ <- Pids].

per_second(Count, Fun) ->
    {Took, _} = timer:tc(Fun),
    Count * 1.0e6 / Took.
