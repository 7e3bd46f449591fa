"""The ways to start a process that `outlast check` is tried on.

A situation is a shell and what is typed there. {a} and {b} stand for a victim (laboratory_victim.py);
{a:read} for one with a flag, {ssh} for an ssh client and a host. Lines that begin with < are no typing:

<w   wait until every victim runs
<z   wait until every victim runs, then type Ctrl-Z and wait until all are stopped
<t   wait until every victim is stopped
<shell   wait until a shell within the shell has written its pid to the file "inner"
"""

import collections

BASH = "bash --norc --noprofile -i"
LOGIN = "bash --noprofile --login -i"
ZSH = "zsh -f -i"
DASH = "dash -i"
FISH = "fish --no-config -i"
MKSH = "mksh -i"
KSH = "ksh93 -i"
TCSH = "tcsh -f -i"
BUSYBOX = "busybox sh -i"

# `where`: "pty" a terminal that the test closes; "ssh -t", "ssh -T" over a real sshd, which loses its connection.
# `foreground`: nothing more can be typed at the end. `needs`: programs. `watch`: a program other than the victim whose
# fate is looked at, by its name.
Situation = collections.namedtuple(
    "Situation", "name where shell lines foreground needs watch", defaults=(False, (), None))

NULL = "</dev/null >/dev/null 2>&1"


def pty(name, shell, *lines, **terms):
    return Situation(name, "pty", shell, lines, **terms)


def foreground(name, shell, *lines, **terms):
    return Situation(name, "pty", shell, lines, True, **terms)


BASH_ALONE = [
    foreground("in the foreground", BASH, "{a}"),
    pty("in the background", BASH, "{a} &"),
    pty("in the background, redirected", BASH, "{a} >out 2>&1 </dev/null &"),
    pty("in the background, huponexit", BASH, "shopt -s huponexit", "{a} &"),
    pty("in the background of a login shell", LOGIN, "shopt -s huponexit", "{a} &"),
    pty("(in a subshell's background)", BASH, "({a} &)"),
    pty("(in a subshell's background), redirected", BASH, f"({{a}} {NULL} &)"),
    foreground("nohup in the foreground", BASH, "nohup {a}"),
    pty("nohup in the background", BASH, "nohup {a} &"),
    foreground("setsid", BASH, "setsid {a}; echo"),
    foreground("setsid, redirected", BASH, f"setsid {{a}} {NULL}; echo"),
    pty("setsid -f", BASH, "setsid -f {a}"),
    pty("setsid -f, redirected", BASH, f"setsid -f {{a}} {NULL}"),
    pty("disown", BASH, "{a} &", "disown"),
    pty("disown, redirected", BASH, f"{{a}} {NULL} &", "disown"),
    pty("disown -h", BASH, "{a} &", "disown -h"),
    pty("disown of one job of two", BASH, "{a} &", "{b} &", "disown %1"),
    foreground("trap '' HUP in a subshell", BASH, "(trap '' HUP; {a})"),
    pty("trap '' HUP in a subshell's background", BASH, "(trap '' HUP; exec {a}) &"),
    foreground("trap '' HUP in the shell itself", BASH, "trap '' HUP", "{a}"),
    pty("stopped by Ctrl-Z", BASH, "{a}", "<z"),
    pty("stopped, disown", BASH, "{a}", "<z", "disown"),
    pty("stopped, disown -h", BASH, "{a}", "<z", "disown -h"),
    pty("stopped, under nohup", BASH, "nohup {a}", "<z"),
    pty("stopped, then bg", BASH, "{a}", "<z", "bg"),
    pty("stopped, then bg and disown", BASH, "{a}", "<z", "bg", "disown"),
    pty("reads the terminal from the background", BASH, "{a:read} &", "<t"),
    pty("reads from the background, disown", BASH, "{a:read} &", "<t", "disown"),
    foreground("pipeline in the foreground", BASH, "{a} | {b}"),
    pty("pipeline in the background", BASH, "{a} | {b} &"),
    pty("pipeline, disown", BASH, "{a} | {b} &", "disown"),
    pty("nohup at the head of a pipeline", BASH, "nohup {a} | {b} &"),
    pty("pipeline, disown, one of them stopped", BASH, "{a} | {b} &", "disown", "<w", "kill -STOP $(cat b.pid)"),
    pty("a daemon", BASH, "{a:daemon}"),
    pty("a daemon that keeps its streams", BASH, "{a:keep}"),
    foreground("exec, so that it leads the session", BASH, "exec {a}"),
    foreground("child of a script", BASH, "bash -c '{a}; true'"),
    pty("child of a script in the background", BASH, "bash -c '{a}; true' &"),
    pty("child of a script under nohup", BASH, "nohup bash -c '{a}; true' &"),
    pty("left over by a script", BASH, "bash -c '{a} &'"),
    foreground("in the foreground of a second bash", BASH, BASH, "echo $$ >inner", "<shell", "{a}"),
    pty("in the background of a second bash", BASH, BASH, "echo $$ >inner", "<shell", "{a} &"),
    pty("disown in a second bash", BASH, BASH, "echo $$ >inner", "<shell", "{a} &", "disown"),
    foreground("under timeout", BASH, "timeout 1000 {a}"),
    foreground("under timeout --foreground", BASH, "timeout --foreground 1000 {a}"),
    foreground("under sudo", BASH, "sudo -n {a}", needs=("sudo",)),
    foreground("in dash, a script", BASH, "dash -c '{a}; true'"),
    pty("a coprocess", BASH, "coproc {a}"),
    foreground("catches SIGHUP", BASH, "{a:catch}"),
    pty("loop with a pipe", BASH, "while :; do {a}; done | cat >out &"),
]

OTHER_SHELLS = [
    foreground("in the foreground", ZSH, "{a}"),
    pty("in the background", ZSH, "{a} &"),
    pty("&!", ZSH, "{a} &!"),
    pty("disown", ZSH, "{a} &", "disown"),
    pty("setopt nohup", ZSH, "setopt nohup", "{a} &"),
    pty("(in a subshell's background)", ZSH, "({a} &)"),
    pty("stopped by Ctrl-Z", ZSH, "{a}", "<z"),
    pty("nohup in the background", ZSH, "nohup {a} &"),
    pty("pipeline in the background", ZSH, "{a} | {b} &"),
    foreground("in the foreground", DASH, "{a}"),
    pty("in the background", DASH, "{a} &"),
    pty("stopped by Ctrl-Z", DASH, "{a}", "<z"),
    pty("nohup in the background", DASH, "nohup {a} &"),
    foreground("in the foreground", FISH, "{a}", needs=("fish",)),
    pty("in the background", FISH, "{a} &", needs=("fish",)),
    pty("disown", FISH, "{a} &", "disown", needs=("fish",)),
    pty("stopped by Ctrl-Z", FISH, "{a}", "<z", needs=("fish",)),
    pty("nohup in the background", FISH, "nohup {a} &", needs=("fish",)),
    *[each for shell in (MKSH, KSH, TCSH, BUSYBOX) for each in (
        foreground("in the foreground", shell, "{a}"),
        pty("in the background", shell, "{a} &"),
        pty("stopped by Ctrl-Z", shell, "{a}", "<z"))],
]

TERMINALS_IN_TERMINALS = [
    pty("in tmux, detached", BASH, "tmux -L {name} -f /dev/null new -d '{a}'", needs=("tmux",)),
    pty("in the background of a shell in tmux", BASH,
        f"tmux -L {{name}} -f /dev/null new -d '{BASH}'; tmux -L {{name}} send '{{a}} &' Enter", needs=("tmux",)),
    foreground("in tmux, attached", BASH, "tmux -L {name} -f /dev/null new '{a}'", needs=("tmux",)),
    pty("in screen, detached", BASH, "screen -dmS {name} {a}", needs=("screen",)),
    foreground("in screen, attached", BASH, "screen -S {name} {a}", needs=("screen",)),
    pty("in dtach", BASH, "dtach -n ./socket {a}", needs=("dtach",)),
    foreground("in script(1)", BASH, "script -qc '{a}' /dev/null"),
    foreground("in a pty of a Python program", BASH,
               "python3 -c 'import pty,sys; pty.spawn(sys.argv[1:])' {a}"),
    pty("job of outlast, -d", BASH, "outlast run -d -t {a}"),
    pty("job of outlast without a terminal", BASH, "outlast run -d -T {a}"),
    foreground("job of outlast, attached", BASH, "outlast run {a}"),
    pty("adopted from the background", BASH, "{a} &", "<w", "outlast adopt $(cat a.pid)"),
    pty("adopted after Ctrl-Z", BASH, "{a}", "<z", "outlast adopt $(cat a.pid)"),
]

PROGRAMS = [
    foreground("vim", BASH, "vim -u NONE -n", needs=("vim",), watch="vim"),
    foreground("less", BASH, "less /etc/services", needs=("less",), watch="less"),
    foreground("top", BASH, "top", needs=("top",), watch="top"),
    foreground("rsync", BASH, "rsync --bwlimit=1 /bin/bash ./copy", needs=("rsync",), watch="rsync"),
    foreground("tmux's client", BASH, "tmux -L {name} -f /dev/null new 'sleep 1000'", needs=("tmux",),
               watch="tmux: client"),
    foreground("a viewer of outlast", BASH, "outlast run -n {name} sleep 1000", watch="outlast"),
]


def ssh(name, tty, command, *lines, **terms):
    return Situation(name, f"ssh {tty}", command, lines, **terms)


OVER_SSH = [
    ssh("in the foreground", "-t", BASH, "{a}", foreground=True),
    ssh("in the background of the login shell", "-t", "", "{a} &"),
    ssh("disown, redirected", "-t", "", f"{{a}} {NULL} &", "disown"),
    ssh("nohup in the background", "-t", BASH, "nohup {a} &"),
    ssh("setsid -f, redirected", "-t", BASH, f"setsid -f {{a}} {NULL}"),
    ssh("stopped by Ctrl-Z", "-t", BASH, "{a}", "<z"),
    ssh("in tmux, detached", "-t", BASH, "tmux -L {name} -f /dev/null new -d '{a}'", needs=("tmux",)),
    ssh("in screen, detached", "-t", BASH, "screen -dmS {name} {a}", needs=("screen",)),
    ssh("job of outlast, -d", "-t", BASH, "outlast run -d -t {a}"),
    ssh("job of outlast, attached", "-t", BASH, "outlast run {a}", foreground=True),
    ssh("as the command", "-t", "{a}", foreground=True),
    ssh("in the background", "-t", ZSH, "{a} &"),
    ssh("in a session that root holds", "-t", BASH, "outlast adopt --session $(tty)", "{a} &", needs=("root",)),
    ssh("ssh to somewhere else", "-t", BASH, "{ssh} sleep 1000", foreground=True, watch="ssh"),
    ssh("as the command", "-T", "{a}", foreground=True),
    ssh("as the command, redirected", "-T", f"{{a}} {NULL}", foreground=True),
    ssh("nohup, not redirected", "-T", "nohup {a}", foreground=True),
    ssh("in the background, not redirected", "-T", "{a} & wait", foreground=True),
    ssh("in the background, redirected", "-T", f"{{a}} {NULL} & wait", foreground=True),
    ssh("setsid -f, redirected", "-T", f"setsid -f {{a}} {NULL}; sleep 1000", foreground=True),
    ssh("in a pipeline", "-T", "{a} | {b}", foreground=True),
    ssh("job of outlast, -d", "-T", "outlast run -d {a}; sleep 1000", foreground=True),
]

WITHOUT_SSH = [*BASH_ALONE, *OTHER_SHELLS, *TERMINALS_IN_TERMINALS, *PROGRAMS]
