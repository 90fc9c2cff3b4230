# A Linux host meets the simulator's target: what lab_test.cpp expects of each step stands there.
# Given: PORT, CLOSED_PORT, NQN, PRIVATE (allowed for OTHER_HOST only), OTHER_HOST.
target="-t tcp -a 10.0.2.2 -s $PORT"
short="--reconnect-delay=1 --ctrl-loss-tmo=8 --keep-alive-tmo=5"

step discover
run nvme discover $target

step no target listening
run nvme connect -t tcp -a 10.0.2.2 -s "$CLOSED_PORT" -n "$NQN"

step unknown subsystem
run nvme connect $target -n nqn.2000-02.com.mikrotik:nope

step host not allowed
run nvme connect $target -n "$PRIVATE"

step another host is allowed
run nvme connect $target -n "$PRIVATE" --hostnqn="$OTHER_HOST" --hostid=22222222-2222-2222-2222-222222222222
wait_for 20 node_of "$PRIVATE"
run dd if=/dev/zero of="/dev/$(node_of "$PRIVATE")" bs=4k count=4 conv=fsync
run nvme disconnect -n "$PRIVATE"

step connect
run nvme connect $target -n "$NQN" $short
wait_for 20 node_of "$NQN"
node=$(node_of "$NQN") controller=$(controller_of "$NQN")
value node "$node"
value size "$(cat "/sys/block/$node/size")"
value uuid "$(cat "/sys/block/$node/uuid")"
value wwid "$(cat "/sys/block/$node/wwid")"
value nsid "$(cat "/sys/block/$node/nsid")"
for name in state transport subsysnqn cntrltype kato sqsize queue_count firmware_rev model; do
  value $name "$(cat "/sys/class/nvme/$controller/$name")"
done
value ana_state "$(cat /sys/block/nvme*c*n*/ana_state 2>/dev/null)"

step connect a second time
run nvme connect $target -n "$NQN" $short

step list
run nvme list-subsys -o json
run nvme id-ctrl "/dev/$controller" -o json
run nvme id-ns "/dev/$node" -o json

step filesystem
run /usr/sbin/blkid -p -s TYPE -o export "/dev/$node"
run mkfs.ext4 -F -q "/dev/$node"
run mount -t ext4 "/dev/$node" /mnt
run dd if=/dev/urandom of=/mnt/data bs=64k count=256 conv=fsync
value sum "$(sha256sum </mnt/data)"
run umount /mnt
run nvme disconnect -n "$NQN"
wait_for 10 gone "/sys/class/nvme/$controller"

step connect anew
run nvme connect $target -n "$NQN" $short
wait_for 20 node_of "$NQN"
node=$(node_of "$NQN") controller=$(controller_of "$NQN")
run mount -t ext4 "/dev/$node" /mnt
value sum "$(sha256sum </mnt/data)"

step resize with an event
value before "$(cat "/sys/block/$node/size")"
host resize-with-event
wait_for 20 size_is "$node" 196608
run resize2fs "/dev/$node"

step resize in silence
host resize-silently
run nvme ns-rescan "/dev/$controller"
wait_for 20 size_is "$node" 262144

step target gone and back in time
dd if=/dev/urandom of=/mnt/more bs=64k count=64 conv=fsync 2>/dev/null &
host vanish
wait_for 20 state_is "$controller" connecting
host return
wait_for 30 state_is "$controller" live
wait
value sum "$(sha256sum </mnt/data)"
value more "$(wc -c </mnt/more)"

step target gone too long
host vanish
wait_for 60 gone "/sys/class/nvme/$controller"
value subsystem "$(ls /sys/class/nvme-subsystem)"
value mounted "$(/usr/bin/findmnt -n -o SOURCE /mnt)"
run cat /mnt/never
host return

step connect after the loss
run nvme connect $target -n "$NQN" $short
wait_for 20 node_of "$NQN"
value node "$(node_of "$NQN")"
value nsid "$(cat "/sys/block/$(node_of "$NQN")/nsid")"
run umount /mnt
run nvme disconnect -n "$NQN"

step digests
run nvme connect $target -n "$NQN" --hdr-digest --data-digest
wait_for 20 node_of "$NQN"
node=$(node_of "$NQN")
run e2fsck -p "/dev/$node"
run mount -t ext4 "/dev/$node" /mnt
value sum "$(sha256sum </mnt/data)"
run dd if=/dev/urandom of=/mnt/digested bs=64k count=64 conv=fsync
run umount /mnt

step zeroes and discard
run blkdiscard "/dev/$node"
value sum "$(dd if="/dev/$node" bs=1M count=16 2>/dev/null | sha256sum)"
run nvme disconnect -n "$NQN"
