%% Runs generated supervision cases on OTP's own supervisors and prints what happened, in the words of otp-model.ts.
%%
%% supervisor.erl counts restarts by erlang:monotonic_time/1. Its code is loaded once more with that one call replaced by
%% seconds/0, a clock of each case, so that periods pass without anybody waiting. Everything else is OTP's.
-module(otp_driver).
-export([main/1, seconds/0, init/1, start_node/1, start_dynamic/2, init_worker/2, log/2]).

main([File]) ->
    process_flag(trap_exit, true),
    ets:new(events, [named_table, public, ordered_set]),
    ets:new(state, [named_table, public, set]),
    ok = load_supervisor_with_clock(),
    ok = logger:remove_handler(default),
    ok = logger:add_handler(events, ?MODULE, #{}),
    {ok, Cases} = file:consult(File),
    run_all(Cases, 0),
    halt(0).

%% ---- the clock ----

load_supervisor_with_clock() ->
    {ok, {_, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(supervisor), [abstract_code]),
    {ok, supervisor, Code} = compile:forms(with_clock(Forms), [nowarn_deprecated_function]),
    true = code:unstick_mod(supervisor),
    {module, supervisor} = code:load_binary(supervisor, "supervisor.erl", Code),
    ok.

with_clock({call, Line, {remote, _, {atom, _, erlang}, {atom, _, monotonic_time}}, [_]}) ->
    {call, Line, {remote, Line, {atom, Line, ?MODULE}, {atom, Line, seconds}}, []};
with_clock(Form) when is_tuple(Form) -> list_to_tuple(with_clock(tuple_to_list(Form)));
with_clock([Head | Tail]) -> [with_clock(Head) | with_clock(Tail)];
with_clock(Form) -> Form.

seconds() -> get_state(clock, 0).

%% ---- what a case knows: by its group leader, which all its processes inherit ----

get_state(Key, Default) ->
    case ets:lookup(state, {group_leader(), Key}) of
        [{_, Value}] -> Value;
        [] -> Default
    end.

put_state(Key, Value) -> ets:insert(state, {{group_leader(), Key}, Value}).

event(Format, Args) ->
    ets:insert(events, {{group_leader(), erlang:unique_integer([monotonic])}, io_lib:format(Format, Args)}).

%% A logger handler: runs in the process that logs.
log(#{msg := {report, #{label := {supervisor, Event}, report := Report}}}, _) ->
    Offender = proplists:get_value(offender, Report, proplists:get_value(started, Report)),
    {local, Supervisor} = proplists:get_value(supervisor, Report),
    #{kind := Kind} = get_state({spec, Supervisor}, undefined),
    Id = case Kind of
        dynamic -> '*';
        supervisor -> proplists:get_value(id, Offender)
    end,
    event("report ~s ~s ~s", [local_id(Supervisor), Event, Id]);
log(_, _) -> ok.

%% ---- cases ----

run_all([], 0) -> ok;
run_all([Case | Cases], Running) when Running < 40 ->
    spawn_link(fun() -> run(Case) end),
    run_all(Cases, Running + 1);
run_all(Cases, Running) ->
    receive
        {'EXIT', _, normal} -> run_all(Cases, Running - 1);
        {'EXIT', _, Reason} -> io:format("failed ~p~n", [Reason]), halt(1)
    end.

run({Number, Root, Steps}) ->
    group_leader(self(), self()),
    process_flag(trap_exit, true),
    put_state(number, Number),
    event("> begin", []),
    case start_node(Root) of
        {ok, _} -> ok;
        {error, _} -> event("root did not start", [])
    end,
    settle(),
    lists:foreach(fun(Step) -> step(Step), settle() end, Steps),
    event("> finish", []),
    case find(maps:get(id, Root)) of
        undefined -> ok;
        Pid -> end_and_wait(Pid, fun() -> exit(Pid, shutdown) end)
    end,
    settle(),
    Lines = [[Line, $\n] || [Line] <- ets:match(events, {{self(), '_'}, '$1'})],
    %% One process prints at a time: the real group leader.
    io:put_chars(user, [io_lib:format("case ~b~n", [Number]), Lines, "done\n"]),
    ets:match_delete(events, {{self(), '_'}, '_'}),
    ets:match_delete(state, {{self(), '_'}, '_'}).

step({at, Seconds, Step}) -> put_state(clock, Seconds), step(Step);
step(pause) -> event("> pause", []);
step({fail_starts, Id, Times}) -> event("> failStarts", []), put_state({failures, Id}, Times);
step({ends, Supervisor, Ends}) ->
    event("> ends", []),
    case find(Supervisor) of
        undefined -> ok;
        Pid ->
            sys:suspend(Pid),
            lists:foreach(fun({Id, Ending}) -> end_worker(get_state({worker, Id}, undefined), Ending) end, Ends),
            sys:resume(Pid)
    end;
step({kill_supervisor, Id}) ->
    event("> killSupervisor", []),
    case find(Id) of
        undefined -> ok;
        Pid -> end_and_wait(Pid, fun() -> exit(Pid, kill) end)
    end;
step({call, Call, Supervisor, Argument}) ->
    event("> ~s", [Call]),
    case find(Supervisor) of
        undefined -> event("reply noproc", []);
        Pid ->
            #{kind := Kind} = get_state({spec, local_name(Supervisor)}, undefined),
            event("reply ~s", [reply(call(Call, Kind, Pid, Argument))])
    end.

end_worker(undefined, _) -> ok;
end_worker(Pid, kill) -> end_and_wait(Pid, fun() -> exit(Pid, kill) end);
end_worker(Pid, Reason) -> end_and_wait(Pid, fun() -> Pid ! {finish, Reason} end).

end_and_wait(Pid, Do) ->
    Monitor = monitor(process, Pid),
    Do(),
    receive {'DOWN', Monitor, _, _, _} -> ok end.

call('startChild', supervisor, Pid, Spec) -> supervisor:start_child(Pid, child_spec(Spec));
call('terminateChild', supervisor, Pid, Id) -> supervisor:terminate_child(Pid, Id);
call('restartChild', supervisor, Pid, Id) -> supervisor:restart_child(Pid, Id);
call('deleteChild', supervisor, Pid, Id) -> supervisor:delete_child(Pid, Id);
call('startDynamic', dynamic, Pid, Id) -> supervisor:start_child(Pid, [Id]);
call('terminateChild', dynamic, Pid, Id) ->
    case get_state({worker, Id}, undefined) of
        undefined -> {error, not_found};
        Worker ->
            %% OTP answers ok for every process that is dead.
            case is_process_alive(Worker) of
                true -> supervisor:terminate_child(Pid, Worker);
                false -> {error, not_found}
            end
    end;
call(_, _, _, _) -> {error, bad_message}.

reply(ok) -> "ok";
reply({ok, _}) -> "ok";
reply({error, not_found}) -> "noSuchChild";
reply({error, bad_message}) -> "badMessage";
reply({error, running}) -> "childRunning";
reply({error, restarting}) -> "childRunning";
reply({error, already_present}) -> "childExists";
reply({error, {already_started, _}}) -> "childExists";
reply({error, {bad_combination, _}}) -> "invalidOption";
reply({error, _}) -> "startFailed".

%% ---- waiting until nothing moves ----

settle() ->
    quiet(2),
    ends(),
    Ids = lists:sort([Id || [Id] <- ets:match(state, {{self(), {supervisor, '$1'}}, '_'}), find(Id) =/= undefined]),
    Counts = [show(Id) || Id <- Ids],
    event("~b live", [lists:sum(Counts)]).

quiet(0) -> ok;
quiet(Left) ->
    receive after 1 -> ok end,
    Pids = [Pid || [Id] <- ets:match(state, {{self(), {supervisor, '$1'}}, '_'}), (Pid = find(Id)) =/= undefined],
    case lists:all(fun is_idle/1, Pids) of
        true -> quiet(Left - 1);
        false -> quiet(2)
    end.

is_idle(Pid) ->
    case process_info(Pid, [current_function, message_queue_len]) of
        [{current_function, {gen_server, loop, _}}, {message_queue_len, 0}] -> true;
        _ -> false
    end.

%% Supervisors that have ended, apart from those that never got through init.
ends() ->
    receive
        {{supervisor_down, Id}, _, process, _, Reason} -> ended(Id, Reason), ends();
        {'EXIT', _, _} -> ends()
    after 0 -> ok
    end.

ended(_, {shutdown, {failed_to_start_child, _, _}}) -> ok;
ended(Id, Reason) -> event("end ~s ~s", [Id, Reason]).

show(Id) ->
    Children = lists:reverse(supervisor:which_children(find(Id))),
    #{kind := Kind} = get_state({spec, local_name(Id)}, undefined),
    Shown = case Kind of
        dynamic -> lists:sort([worker_id(Pid) || {_, Pid, _, _} <- Children]);
        supervisor -> [shown(Child) || Child <- Children]
    end,
    event("~s: ~s", [Id, lists:join(" ", Shown)]),
    1 + length([Pid || {_, Pid, worker, _} <- Children, is_pid(Pid)]).

shown({Id, undefined, _, _}) -> "-" ++ atom_to_list(Id);
shown({Id, restarting, _, _}) -> "?" ++ atom_to_list(Id);
shown({Id, _, _, _}) -> atom_to_list(Id).

worker_id(Pid) -> atom_to_list(get_state({id, Pid}, nobody)).

%% ---- nodes of the tree ----

local_name(Id) -> list_to_atom(io_lib:format("~b_~s", [get_state(number, 0), Id])).

local_id(Name) -> tl(string:find(atom_to_list(Name), "_")).

find(Id) -> whereis(local_name(Id)).

start_node(#{kind := worker} = Spec) -> proc_lib:start_link(?MODULE, init_worker, [Spec, self()]);
start_node(#{id := Id} = Spec) ->
    put_state({spec, local_name(Id)}, Spec),
    put_state({supervisor, Id}, true),
    supervisor:start_link({local, local_name(Id)}, ?MODULE, Spec).

start_dynamic(Template, Id) -> start_node(Template#{id := Id}).

child_spec(#{id := Id, kind := Kind, restart := Restart, shutdown := Shutdown, significant := Significant} = Spec) ->
    #{id => Id, start => {?MODULE, start_node, [Spec]}, restart => Restart, shutdown => Shutdown,
      significant => Significant, type => case Kind of worker -> worker; _ -> supervisor end}.

init(#{kind := supervisor, id := Id, children := Children} = Spec) ->
    watch(Id),
    Flags = maps:with([strategy, intensity, period, auto_shutdown], Spec),
    {ok, {Flags, [child_spec(Child) || Child <- Children]}};
init(#{kind := dynamic, id := Id, template := Template} = Spec) ->
    watch(Id),
    Flags = maps:with([intensity, period], Spec),
    ChildSpec = child_spec(Template),
    {ok, {Flags#{strategy => simple_one_for_one}, [ChildSpec#{start => {?MODULE, start_dynamic, [Template]}}]}}.

%% The case gets a DOWN for this life of the supervisor.
watch(Id) ->
    Supervisor = self(),
    Case = group_leader(),
    spawn(fun() ->
        Monitor = monitor(process, Supervisor),
        Supervisor ! {watched, self()},
        receive {'DOWN', Monitor, _, _, Reason} -> Case ! {{supervisor_down, Id}, Monitor, process, Supervisor, Reason} end
    end),
    receive {watched, _} -> ok end.

init_worker(#{id := Id} = Spec, Parent) ->
    process_flag(trap_exit, true),
    case get_state({failures, Id}, 0) of
        Failures when Failures > 0 ->
            put_state({failures, Id}, Failures - 1),
            event("fail ~s", [Id]),
            proc_lib:init_ack(Parent, {error, failed});
        _ ->
            event("start ~s", [Id]),
            put_state({worker, Id}, self()),
            put_state({id, self()}, Id),
            proc_lib:init_ack(Parent, {ok, self()}),
            worker(Spec, Parent)
    end.

worker(#{id := Id, stop := Stop} = Spec, Parent) ->
    receive
        {'EXIT', Parent, shutdown} ->
            event("stop ~s", [Id]),
            case Stop of
                orderly -> exit(shutdown);
                slow -> timer:sleep(2), exit(shutdown);
                crashes -> exit(crash);
                ignores -> worker(Spec, Parent)
            end;
        {'EXIT', Parent, Reason} -> exit(Reason);
        {finish, Reason} -> exit(Reason)
    end.
