%% What the suites share: starting under a parent process, timing, statistics, and an echo server.
-module(bench).
-behaviour(gen_server).

-export([run/1, peer/0, connect/1, report/2]).
-export([median/1, median_of/2, percentile/2]).
-export([send_for/3, count/1, calls_for/3]).
-export([start_echo/0, init/1, handle_call/3, handle_cast/2]).

%% Runs Module:main(Args) as `erl -run bench run Module Args...`, Args as strings, and ends the VM with it.
run([Module | Args]) ->
    Main = spawn(fun() ->
        try
            (list_to_atom(Module)):main(Args),
            halt(0)
        catch Class:Reason:Stack ->
            io:format("failed: ~p~n", [{Class, Reason, Stack}]),
            halt(1)
        end
    end),
    follow_input(Main).

%% A node that only hosts what the measuring node spawns on it.
peer() ->
    follow_input(self()),
    io:format("ready~n").

%% Standard input is a pipe from the parent: its lines go to Main as {input, Words}, and when the parent dies, however
%% it dies, so does this VM.
follow_input(Main) ->
    spawn(fun Read() ->
        case io:get_line("") of
            eof -> halt(0);
            Line -> Main ! {input, string:lexemes(Line, " \n")}, Read()
        end
    end).

connect(Node) ->
    case net_kernel:connect_node(Node) of
        true -> ok;
        _ -> timer:sleep(10), connect(Node)
    end.

report(Case, Value) ->
    io:format("~s=~w~n", [Case, float(Value)]).

median(Values) ->
    percentile(Values, 50).

%% The median of the results of Fun, called Times times.
median_of(Times, Fun) ->
    median([Fun() || _ <- lists:seq(1, Times)]).

percentile(Values, Percent) ->
    Sorted = lists:sort(Values),
    lists:nth(max(1, ceil(length(Sorted) * Percent / 100)), Sorted).

%% Sends Message to Sink, a process in count/1, for Ms; returns what Sink received per second, up to the last one.
%% At most 16 batches are unacknowledged, or an Erlang mailbox grows without bound and its garbage is what is measured.
send_for(Sink, {Message, BatchSize}, Ms) ->
    Start = erlang:monotonic_time(microsecond),
    send_batches(Sink, Message, BatchSize, Start + Ms * 1000, 0),
    Sink ! {total, self()},
    receive {total, Sink, Received} ->
        Received * 1.0e6 / (erlang:monotonic_time(microsecond) - Start)
    end.

send_batches(Sink, Message, BatchSize, End, 16) ->
    receive {batch, Sink} -> send_batches(Sink, Message, BatchSize, End, 15) end;
send_batches(Sink, Message, BatchSize, End, Unacknowledged) ->
    case erlang:monotonic_time(microsecond) < End of
        true ->
            send(Sink, Message, BatchSize),
            Sink ! {batch, self()},
            send_batches(Sink, Message, BatchSize, End, Unacknowledged + 1);
        false ->
            [receive {batch, Sink} -> ok end || _ <- lists:seq(1, Unacknowledged)]
    end.

send(_, _, 0) -> ok;
send(Sink, Message, Left) -> Sink ! Message, send(Sink, Message, Left - 1).

%% The receiving side of send_for/3.
count(Received) ->
    receive
        {tell, _} -> count(Received + 1);
        {batch, From} -> From ! {batch, self()}, count(Received);
        {total, From} -> From ! {total, self(), Received}, count(0)
    end.

%% Calls Server one after the other for Ms; returns the microseconds of each call.
calls_for(Server, Request, Ms) ->
    calls_until(Server, Request, erlang:monotonic_time(microsecond) + Ms * 1000, []).

calls_until(Server, Request, End, Took) ->
    Start = erlang:monotonic_time(nanosecond),
    Request = gen_server:call(Server, Request, infinity),
    Took1 = [(erlang:monotonic_time(nanosecond) - Start) / 1000 | Took],
    case Start < End * 1000 of
        true -> calls_until(Server, Request, End, Took1);
        false -> Took1
    end.

%% A gen_server that answers every call with its request.
start_echo() ->
    gen_server:start({local, echo}, ?MODULE, [], []).

init([]) -> {ok, none}.
handle_call(Request, _From, State) -> {reply, Request, State}.
handle_cast(_, State) -> {noreply, State}.
