# Before the code of cli.js, for which this is a comment: what /bin/sh does where the file itself
# is executed.

case " $* " in
*' daemon '* | *' run '*)
  # Node raises its own soft limit of descriptors when it starts. The programs are to have this one.
  RELOADCTL_SOFT_FILES=$(ulimit -Sn)
  # Some shells pass on only what could be a variable of theirs: `a.b=c` has got lost already.
  RELOADCTL_RAW_VARIABLES=$(
    LC_ALL=C grep -zv '^[A-Za-z_][A-Za-z0-9_]*=' "/proc/$$/environ" 2>/dev/null | base64
  )
  export RELOADCTL_SOFT_FILES RELOADCTL_RAW_VARIABLES
  # Whose parent has ended becomes a child of process 1 (of a container), and Node waits only for
  # what it has started itself.
  if [ $$ = 1 ]; then
    child='' early=''
    pass() {
      signalled=1
      if [ -n "$child" ]; then kill -s "$1" "$child"; else early="$early $1"; fi
    }
    for signal in HUP INT QUIT USR1 USR2 TERM WINCH TTIN TTOU; do
      # shellcheck disable=SC2064
      trap "pass $signal" "$signal"
    done
    # What runs in the background has no stdin of its own accord.
    { command exec 3<&0; } 2>/dev/null || exec 3</dev/null
    # In a session of its own: a terminal's signals come once, by us.
    if command -v setsid >/dev/null; then
      setsid node "$0" "$@" <&3 3<&- &
    else
      node "$0" "$@" <&3 3<&- &
    fi
    child=$!
    exec 3<&-
    for signal in $early; do pass "$signal"; done
    # Waiting for one child reaps all of them. A signal interrupts it, with a status like that of a
    # child that the signal has ended.
    while :; do
      signalled=''
      wait "$child"
      status=$?
      if [ -z "$signalled" ] || [ "$status" -le 128 ]; then break; fi
      if ! kill -s 0 "$child" 2>/dev/null; then
        wait "$child" 2>/dev/null
        again=$?
        [ "$again" = 127 ] || status=$again
        break
      fi
    done
    exit "$status"
  fi
  ;;
esac
exec node "$0" "$@"
