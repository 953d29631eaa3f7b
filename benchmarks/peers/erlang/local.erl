%% One VM: messages, calls, spawns, the memory of an idle process, many processes at once, restarts.
-module(local).
-behaviour(supervisor).
-export([main/1, idle/1, member/0, listener/0]).
-export([start_child/1, init/1, handle_call/3, handle_cast/2]).

main([]) ->
    %% Some cases crash processes by the thousand.
    logger:set_primary_config(level, none),
    bench:report("tell", tell()),
    bench:report("ask", ask()),
    bench:report("spawn", spawned()),
    bench:report("bytes per idle actor", bytes_per_process()),
    bench:report("ring, 1 token", ring(1)),
    bench:report("ring, 100 tokens", ring(100)),
    bench:report("fan-out", fan_out()),
    bench:report("lookup", lookup()),
    {Flood, P50, P99} = hot(),
    bench:report("hot: flood", Flood),
    bench:report("hot: ask p50", P50),
    bench:report("hot: ask p99", P99),
    bench:report("restart", restart()),
    {OutageP50, OutageP99} = outage(),
    bench:report("restart: outage p50", OutageP50),
    bench:report("restart: outage p99", OutageP99).

%% Messages a second from one process to another, counted by the receiver.
tell() ->
    Sink = spawn(bench, count, [0]),
    Tell = fun(Ms) -> bench:send_for(Sink, {{tell, 1}, 1000}, Ms) end,
    Tell(500),
    bench:median_of(3, fun() -> Tell(500) end).

%% gen_server calls a second, one after the other.
ask() ->
    {ok, Echo} = bench:start_echo(),
    calls_for(Echo, 500),
    bench:median_of(3, fun() -> calls_for(Echo, 500) end).

%% Looks at the clock after every 1,000 calls.
calls_for(Server, Ms) ->
    Start = erlang:monotonic_time(microsecond),
    calls_until(Server, Start, Start + Ms * 1000, 0).

calls_until(Server, Start, End, Made) ->
    calls(Server, 1000),
    case erlang:monotonic_time(microsecond) of
        Now when Now < End -> calls_until(Server, Start, End, Made + 1000);
        Now -> (Made + 1000) * 1.0e6 / (Now - Start)
    end.

calls(_, 0) -> ok;
calls(Server, Left) ->
    ping = gen_server:call(Server, ping),
    calls(Server, Left - 1).

%% Processes a second that were spawned and have confirmed that they run; ending them, and collecting what is left of those that
%% have ended, is not measured.
spawned() ->
    stop(idle_processes(100000)),
    bench:median_of(5, fun() ->
        erlang:garbage_collect(),
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

%% Messages a second round a ring of 1,000 processes, in which Tokens messages are on their way.
ring(Tokens) ->
    Hops = 500000,
    Members = [spawn_link(?MODULE, member, []) || _ <- lists:seq(1, 1000)],
    lists:foreach(fun({Member, Next}) -> Member ! {next, Next} end, lists:zip(Members, tl(Members) ++ [hd(Members)])),
    Starts = [Member || {Index, Member} <- lists:enumerate(0, Members), Index rem (1000 div Tokens) =:= 0],
    Round = fun() ->
        [Member ! {pass, Hops div Tokens - 1, self()} || Member <- Starts],
        [receive arrived -> ok end || _ <- Starts]
    end,
    Rate = rate(Hops, Round),
    [begin unlink(Member), exit(Member, kill) end || Member <- Members],
    Rate.

member() ->
    receive {next, Next} -> member(Next) end.

member(Next) ->
    receive
        {pass, 0, From} -> From ! arrived;
        {pass, Left, From} -> Next ! {pass, Left - 1, From}
    end,
    member(Next).

%% Deliveries a second of a message that is sent to 10,000 processes, and again when all have handled it. They count down
%% a shared atomic, so that only the last one has to say so.
fan_out() ->
    Listeners = [spawn_link(?MODULE, listener, []) || _ <- lists:seq(1, 10000)],
    Left = atomics:new(1, []),
    Broadcast = fun() ->
        atomics:put(Left, 1, 10000),
        Message = {hear, Left, self()},
        [Listener ! Message || Listener <- Listeners],
        receive heard -> ok end
    end,
    Rate = rate(20 * 10000, fun() -> [Broadcast() || _ <- lists:seq(1, 20)] end),
    [begin unlink(Listener), exit(Listener, kill) end || Listener <- Listeners],
    Rate.

listener() ->
    receive
        {hear, Left, From} ->
            case atomics:sub_get(Left, 1, 1) of
                0 -> From ! heard;
                _ -> ok
            end
    end,
    listener().

%% Lookups a second of 10,000 names, as Elixir's Registry does one: a read of an ETS table, and whether the process lives.
lookup() ->
    Table = ets:new(names, [set, public, {read_concurrency, true}]),
    Names = [list_to_binary("sink-" ++ integer_to_list(Index)) || Index <- lists:seq(1, 10000)],
    Owners = [begin
        Owner = spawn(bench, count, [0]),
        ets:insert(Table, {Name, Owner}),
        Owner
    end || Name <- Names],
    Rate = rate(500000, fun() -> [lookup_all(Table, Names) || _ <- lists:seq(1, 50)] end),
    [exit(Owner, kill) || Owner <- Owners],
    ets:delete(Table),
    Rate.

lookup_all(_, []) -> ok;
lookup_all(Table, [Name | Rest]) ->
    [{_, Owner}] = ets:lookup(Table, Name),
    true = is_process_alive(Owner),
    lookup_all(Table, Rest).

%% One process is flooded while 1,000 others are called, one after the other: messages a second that the flooded one has
%% handled, and the milliseconds of the median call and of the 99th percentile.
hot() ->
    Quiet = [element(2, gen_server:start_link(bench, [], [])) || _ <- lists:seq(1, 1000)],
    Hot = spawn(bench, count, [0]),
    measure_hot(Hot, Quiet, 500),
    measure_hot(Hot, Quiet, 2000).

measure_hot(Hot, Quiet, Ms) ->
    Self = self(),
    spawn_link(fun() -> Self ! {flood, bench:send_for(Hot, {{tell, 1}, 1000}, Ms)} end),
    Took = calls_in_turn(Quiet, Quiet, erlang:monotonic_time(nanosecond) + Ms * 1000000, []),
    Flood = receive {flood, Rate} -> Rate end,
    {Flood, bench:percentile(Took, 50) / 1.0e6, bench:percentile(Took, 99) / 1.0e6}.

calls_in_turn([], Servers, End, Took) -> calls_in_turn(Servers, Servers, End, Took);
calls_in_turn([Server | Rest], Servers, End, Took) ->
    Start = erlang:monotonic_time(nanosecond),
    ping = gen_server:call(Server, ping, infinity),
    Now = erlang:monotonic_time(nanosecond),
    case Now < End of
        true -> calls_in_turn(Rest, Servers, End, [Now - Start | Took]);
        false -> [Now - Start | Took]
    end.

%% Restarts a second of 100 children, each of which is told to crash as soon as it runs.
restart() ->
    Restarts = 5000,
    rate(Restarts, fun() ->
        Supervisor = supervise(100),
        [receive {born, Child} -> gen_server:cast(Child, crash) end || _ <- lists:seq(1, Restarts)],
        [receive {born, _} -> ok end || _ <- lists:seq(1, 100)],
        end_supervisor(Supervisor)
    end).

%% Milliseconds from telling a child to crash until the next one has answered: the median and the 99th percentile.
outage() ->
    Supervisor = supervise(1),
    Child = receive {born, First} -> First end,
    {_, Next} = outages(5000, Child, []),
    {Took, _} = outages(5000, Next, []),
    end_supervisor(Supervisor),
    {bench:percentile(Took, 50) / 1.0e6, bench:percentile(Took, 99) / 1.0e6}.

outages(0, Child, Took) -> {Took, Child};
outages(Left, Child, Took) ->
    Start = erlang:monotonic_time(nanosecond),
    gen_server:cast(Child, crash),
    Next = receive {born, Born} -> Born end,
    ok = gen_server:call(Next, ping),
    outages(Left - 1, Next, [erlang:monotonic_time(nanosecond) - Start | Took]).

supervise(Children) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, self(), Children}),
    Supervisor.

end_supervisor(Supervisor) ->
    unlink(Supervisor),
    Monitor = monitor(process, Supervisor),
    exit(Supervisor, shutdown),
    receive {'DOWN', Monitor, process, _, _} -> ok end.

start_child(Observer) ->
    gen_server:start_link(?MODULE, {child, Observer}, []).

%% The supervisor, and its children, which are gen_servers.
init({supervisor, Observer, Children}) ->
    Child = #{start => {?MODULE, start_child, [Observer]}},
    {ok, {#{intensity => 100000, period => 1}, [Child#{id => Id} || Id <- lists:seq(1, Children)]}};
init({child, Observer}) ->
    Observer ! {born, self()},
    {ok, none}.

handle_call(ping, _From, State) -> {reply, ok, State}.
handle_cast(crash, _State) -> exit('as it was told').

%% Units of work a second: the median of three rounds after one that warms up.
rate(Units, Round) ->
    Round(),
    bench:median_of(3, fun() ->
        {Took, _} = timer:tc(Round),
        Units * 1.0e6 / Took
    end).
