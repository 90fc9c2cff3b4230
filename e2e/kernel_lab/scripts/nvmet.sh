# The lab itself: the kernel's own target and initiator on the guest's loopback. What they do here is what the kernel
# captures show, so what a host does against the simulator can be laid beside it.
# Given: NQN.
target="-t tcp -a 127.0.0.1 -s 4420"
configfs=/sys/kernel/config/nvmet

step target
dd if=/dev/zero of=/tmp/image bs=1M count=0 seek=64 2>/dev/null
losetup /dev/loop0 /tmp/image
mkdir "$configfs/subsystems/$NQN"
echo 1 >"$configfs/subsystems/$NQN/attr_allow_any_host"
mkdir "$configfs/subsystems/$NQN/namespaces/1"
echo -n /dev/loop0 >"$configfs/subsystems/$NQN/namespaces/1/device_path"
echo 1 >"$configfs/subsystems/$NQN/namespaces/1/enable"
mkdir "$configfs/ports/1"
echo ipv4 >"$configfs/ports/1/addr_adrfam"
echo tcp >"$configfs/ports/1/addr_trtype"
echo 127.0.0.1 >"$configfs/ports/1/addr_traddr"
echo 4420 >"$configfs/ports/1/addr_trsvcid"
ln -s "$configfs/subsystems/$NQN" "$configfs/ports/1/subsystems/$NQN"

step discover
run nvme discover $target

step no target listening
run nvme connect -t tcp -a 127.0.0.1 -s 4421 -n "$NQN"

step unknown subsystem
run nvme connect $target -n nqn.2000-02.com.mikrotik:nope

step connect
run nvme connect $target -n "$NQN" --keep-alive-tmo=5
wait_for 20 node_of "$NQN"
node=$(node_of "$NQN") controller=$(controller_of "$NQN")
for name in state transport subsysnqn cntrltype kato sqsize queue_count firmware_rev model; do
  value $name "$(cat "/sys/class/nvme/$controller/$name")"
done

step connect a second time
run nvme connect $target -n "$NQN"

step list
run nvme list-subsys -o json
run nvme id-ctrl "/dev/$controller" -o json
run nvme id-ns "/dev/$node" -o json
run nvme disconnect -n "$NQN"

step host not allowed
echo 0 >"$configfs/subsystems/$NQN/attr_allow_any_host"
run nvme connect $target -n "$NQN"
