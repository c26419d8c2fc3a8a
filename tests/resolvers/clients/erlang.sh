# Looks a name up by inet_res:gethostbyname of the Erlang at $1.
root=$(dirname "$(dirname "$1")")
export ROOTDIR="$root" BINDIR=$(echo "$root"/erts-*/bin) EMU=beam PROGNAME=erl HOME=/tmp ERL_CRASH_DUMP=/dev/null
boot=$(echo "$root"/releases/*/start_clean.boot)
exec "$BINDIR/erlexec" -noshell -boot "${boot%.boot}" -eval '
  {ok, [[Name]]} = init:get_argument(look),
  Began = erlang:monotonic_time(millisecond),
  Got = inet_res:gethostbyname(Name),
  Seconds = (erlang:monotonic_time(millisecond) - Began) / 1000,
  {Found, Error} = case Got of
    {ok, Entry} -> {[inet:ntoa(A) || A <- element(6, Entry)], none};
    {error, Why} -> {[], Why}
  end,
  Quoted = lists:join(", ", [["\"", A, "\""] || A <- Found]),
  io:format("{\"addresses\": [~s], \"error\": \"~p\", \"seconds\": ~p}~n", [Quoted, Error, Seconds]),
  halt().' -look "$2"
