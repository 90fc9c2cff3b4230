# What nvme-cli and sysfs say of one connected volume. Given: PORT, NQN.
step connect
run nvme connect -t tcp -a 10.0.2.2 -s "$PORT" -n "$NQN" --keep-alive-tmo=5
wait_for 20 node_of "$NQN"
node=$(node_of "$NQN") controller=$(controller_of "$NQN")
value node "$node"
value multipath_links "$(ls -d /sys/block/nvme*c*n* 2>/dev/null | wc -l)"

step list
run nvme list-subsys -o json
run nvme id-ctrl "/dev/$controller" -o json
run nvme id-ns "/dev/$node" -o json
run nvme disconnect -n "$NQN"
