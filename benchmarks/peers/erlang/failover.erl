%% A singleton on three nodes, as OTP has it: a gen_server registered with `global`, and on every node a keeper that
%% monitors it. When it goes down, for whatever reason, the survivor with the lowest name starts it again.
-module(failover).
-behaviour(application).
-behaviour(gen_server).

-export([main/1, start/2, stop/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(SINGLETON, {global, singleton}).

%% Joins Peers, prints `ready HOST`, then obeys its parent: `probe HOST` calls the singleton without a pause until
%% another node than HOST answers; `leave` shuts the node down in order.
main(Peers) ->
    [bench:connect(list_to_atom(Peer)) || Peer <- Peers],
    ok = global:sync(),
    ok = application:load({application, failover, [{mod, {failover, []}}, {applications, [kernel, stdlib]}]}),
    ok = application:start(failover),
    io:format("ready ~s~n", [answer_from_other_than(none)]),
    obey().

obey() ->
    receive
        {input, ["probe", Host]} -> spawn(fun() -> probe(list_to_atom(Host)) end);
        {input, ["leave"]} -> init:stop()
    end,
    obey().

probe(Host) ->
    Host = gen_server:call(?SINGLETON, host, infinity),
    io:format("probing~n"),
    io:format("answered ~s~n", [answer_from_other_than(Host)]).

answer_from_other_than(Host) ->
    try gen_server:call(?SINGLETON, host, infinity) of
        Host -> timer:sleep(1), answer_from_other_than(Host);
        Other -> Other
    catch exit:_ -> timer:sleep(1), answer_from_other_than(Host)
    end.

%% The application: the keeper is its top process and the singleton is linked to it, so that an orderly shutdown ends
%% the singleton first, while the node is still connected.
start(_Type, []) ->
    {ok, spawn_link(fun() -> keep(none) end)}.

stop(_State) -> ok.

%% LastHost is where the singleton went down; it is not a candidate, though it may still be shutting down.
keep(LastHost) ->
    Candidates = [node() | nodes()] -- [LastHost],
    case global:whereis_name(singleton) of
        Singleton when is_pid(Singleton), node(Singleton) =/= LastHost ->
            Monitor = monitor(process, Singleton),
            receive {'DOWN', Monitor, process, _, _} -> keep(node(Singleton)) end;
        _ ->
            %% `already_started` until `global` too has seen the old one go down.
            Candidates =/= [] andalso lists:min(Candidates) =:= node() andalso
                gen_server:start_link(?SINGLETON, ?MODULE, [], []),
            timer:sleep(1),
            keep(LastHost)
    end.

init([]) -> {ok, none}.
handle_call(host, _From, State) -> {reply, node(), State}.
handle_cast(_, State) -> {noreply, State}.
