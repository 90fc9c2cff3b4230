# What the lab's guest scripts are written with. Output has the form of the kernel captures: `=== step`, `$ command`,
# `stdout: `, `stderr: `, `exit: N`; the host's side reads exactly that.

# The kernel's messages since the last step belong to that step; on the console they would tear other lines apart.
step() {
  dmesg -c
  echo "=== $*"
}

# Runs a command and shows all of it.
run() {
  echo "\$ $*"
  "$@" >/tmp/out 2>/tmp/err
  code=$?
  sed 's/^/stdout: /' /tmp/out
  sed 's/^/stderr: /' /tmp/err
  echo "exit: $code"
  return $code
}

# A value worth looking at: `value NAME TEXT`.
value() { echo "value: $1=$2"; }

# Asks the host to do something and waits until it has; prints and leaves its answer in $answer.
host() {
  echo "@@host $*"
  read -r answer
}

# wait_for SECONDS TEST... : until the test holds; says so either way.
wait_for() {
  left=$1
  shift
  while ! "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "value: waited=never for $*"; return 1; }
    sleep 1
  done
  echo "value: waited=ok for $*"
}

# The controller of an NQN, and the block node of its only namespace.
controller_of() {
  for c in /sys/class/nvme/nvme*; do
    [ "$(cat "$c/subsysnqn" 2>/dev/null)" = "$1" ] && basename "$c" && return
  done
  return 1
}
node_of() {
  for s in /sys/class/nvme-subsystem/nvme-subsys*; do
    [ "$(cat "$s/subsysnqn" 2>/dev/null)" = "$1" ] || continue
    for n in "$s"/nvme*n*; do [ -d "$n" ] && basename "$n" && return; done
  done
  # Without multipath the namespace hangs below the controller.
  for n in /sys/class/nvme/"$(controller_of "$1")"/nvme*n*; do [ -d "$n" ] && basename "$n" && return; done
  return 1
}
state_is() { [ "$(cat "/sys/class/nvme/$1/state" 2>/dev/null)" = "$2" ]; }
size_is() { [ "$(cat "/sys/block/$1/size" 2>/dev/null)" = "$2" ]; }
gone() { [ ! -e "$1" ]; }
present() { [ -e "$1" ]; }
