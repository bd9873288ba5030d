% SPDX-License-Identifier: MIT
% The peer's side of bench/actors: the same programs in Erlang. Reads lines "prepare ROW COUNT ARG"
% and "go N", and answers each with a line when it is done.
-module(actors_bench).
-export([main/0]).

main() ->
    io:format("up ~p~n", [erlang:system_info(emu_flavor)]),
    loop([]).

loop(Drivers) ->
    case string:lexemes(io:get_line(""), " \n") of
        ["prepare", Row, Count, Arg] ->
            Me = self(),
            Program = list_to_atom(Row),
            New = [spawn(fun() -> main(Program, Me, list_to_integer(Arg)) end)
                   || _ <- lists:seq(1, list_to_integer(Count))],
            [receive done -> ok end || _ <- New],
            io:format("done~n"),
            loop(New);
        ["go", N] ->
            [Driver ! list_to_integer(N) || Driver <- Drivers],
            [receive done -> ok end || _ <- Drivers],
            io:format("done~n"),
            loop(Drivers)
    end.

main(Program, Boss, Arg) ->
    State = prepare(Program, Arg),
    Boss ! done,
    turns(Program, Boss, State).

turns(Program, Boss, State) ->
    receive N -> work(Program, State, N) end,
    Boss ! done,
    turns(Program, Boss, State).

prepare(bench_pingpong, _) -> start_echo();
prepare(bench_buffer, Size) -> {start_echo(), binary:copy(<<0>>, Size)};
prepare(bench_ring_hop, _) ->
    lists:foldl(fun(_, Onward) -> spawn(fun() -> hop(Onward) end) end, self(), lists:seq(1, 999));
prepare(bench_fanin, _) ->
    Me = self(),
    [spawn(fun() -> sender(Me) end) || _ <- lists:seq(1, 4)];
prepare(_, _) -> none.

work(bench_pingpong, Peer, N) -> ping(Peer, N);
work(bench_buffer, {Peer, Binary}, N) -> pass(Peer, Binary, N);
work(bench_spawn_exit, _, N) -> spawn_exit(self(), N);
work(bench_idle_bytes, _, N) -> idle(N);
work(bench_ring_hop, First, N) -> round(First, N);
work(bench_fanin, Senders, N) ->
    [Sender ! N div 4 || Sender <- Senders],
    take(N div 4 * 4);
work(bench_compute, _, N) -> compute(0, 0, N).

start_echo() ->
    Me = self(),
    spawn(fun() -> echo(Me) end).

echo(Peer) ->
    receive Value -> Peer ! Value end,
    echo(Peer).

ping(_, 0) -> ok;
ping(Peer, N) ->
    Peer ! N,
    receive _ -> ping(Peer, N - 1) end.

pass(_, _, 0) -> ok;
pass(Peer, Binary, N) ->
    Peer ! Binary,
    receive Back -> pass(Peer, Back, N - 1) end.

spawn_exit(_, 0) -> ok;
spawn_exit(Me, N) ->
    spawn(fun() -> Me ! done end),
    receive done -> spawn_exit(Me, N - 1) end.

idle(0) -> ok;
idle(N) ->
    spawn(fun() -> receive never -> ok end end),
    idle(N - 1).

hop(Onward) ->
    receive N -> Onward ! N - 1 end,
    hop(Onward).

round(_, N) when N =< 0 -> ok;
round(First, N) ->
    First ! N,
    receive M -> round(First, M - 1) end.

sender(To) ->
    receive N -> send(To, N) end,
    sender(To).

send(_, 0) -> ok;
send(To, N) ->
    To ! N,
    send(To, N - 1).

take(0) -> ok;
take(N) ->
    receive _ -> take(N - 1) end.

compute(Sum, N, N) -> Sum;
compute(Sum, I, N) -> compute((Sum * 3 + I) band 16#FFFF, I + 1, N).
