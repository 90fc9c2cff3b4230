// The table of flags: name, form, default, meaning. docs/configuration.md carries the same rows.
#include "csi/flags.h"

namespace rdscsi::csi {

namespace {

std::vector<FlagSpec> flags_of_the_go_driver() {
  return {
      {"endpoint", false, "unix:///var/lib/kubelet/plugins/rds.csi.srvlab.io/csi.sock",
       "where the CSI services listen: unix:///path, /path or tcp://host:port"},
      {"node-id", false, "", "name of this node; used by -node only"},
      {"driver-name", false, "rds.csi.srvlab.io", "name returned by GetPluginInfo"},
      {"rds-address", false, "", "address of the RDS: IP address or host name; required with -controller"},
      {"rds-port", false, "22", "SSH port of the RDS"},
      {"rds-user", false, "admin", "SSH user"},
      {"rds-key-file", false, "/etc/rds-csi/ssh-key/id_rsa", "private key, ed25519 or RSA"},
      {"rds-host-key", false, "",
       "file with the device's public host key; required unless -rds-insecure-skip-verify"},
      {"rds-insecure-skip-verify", true, "false", "accept any host key; for laboratories only"},
      {"rds-volume-base-path", false, "",
       "directory below which all volumes live; required with -controller"},
      {"controller", true, "false", "serve the controller"},
      {"node", true, "false", "serve a node (not in this build yet)"},
      {"enable-orphan-reconciler", true, "false", "look for what nobody owns on the RDS, and report it"},
      {"orphan-check-interval", false, "1h", "between two looks for orphans"},
      {"orphan-grace-period", false, "5m",
       "how long an orphan must have been seen, in two looks at least, before it counts"},
      {"orphan-dry-run", true, "true", "report orphans, remove none"},
      {"attachment-grace-period", false, "30s", "hand-over window of attachments"},
      {"attachment-reconcile-interval", false, "5m", "of the attachment reconciler"},
      {"enable-vmi-serialization", true, "false",
       "one attachment per virtual machine (not in this build yet)"},
      {"vmi-cache-ttl", false, "60s", "of the lookup of virtual machines"},
      {"kubeconfig", false, "", "access to the Kubernetes API (not in this build yet)"},
      {"metrics-address", false, ":9809",
       "where /metrics, /healthz, /readyz and /debug/volumes are served; empty: nowhere"},
      {"version", true, "false", "print name and version and exit"},
  };
}

std::vector<FlagSpec> flags_of_its_logging_library() {
  return {
      {"v", false, "0", "log level: 0..3 info, 4..5 debug, from 6 on trace"},
      {"logtostderr", true, "true", "accepted without effect: lines always go to standard error"},
      {"alsologtostderr", true, "false", "accepted without effect"},
      {"stderrthreshold", false, "2", "accepted without effect"},
      {"vmodule", false, "", "accepted without effect"},
      {"log_backtrace_at", false, "", "accepted without effect"},
      {"one_output", true, "false", "accepted without effect"},
      {"skip_headers", true, "false", "accepted without effect"},
      {"skip_log_headers", true, "false", "accepted without effect"},
      {"add_dir_header", true, "false", "accepted without effect"},
      {"log_file_max_size", false, "1800", "accepted without effect"},
      {"log_dir", false, "", "refused unless empty: lines always go to standard error"},
      {"log_file", false, "", "refused unless empty: lines always go to standard error"},
  };
}

std::vector<FlagSpec> flags_of_this_driver() {
  return {
      {"cluster-id", false, "default",
       "names this cluster in the marks of its volumes; clusters that share an RDS must differ in it"},
      {"slot-style", false, "auto", "form of new slots: auto, full (40 characters) or compact (30)"},
      {"rds-config", false, "",
       "file with several RDSes, in the place of -rds-address and -rds-volume-base-path; the other -rds-* "
       "flags are what its entries do not say"},
      {"rds-nvme-address", false, "",
       "IP address nodes connect to where a StorageClass names none; empty: -rds-address"},
      {"nodes-file", false, "",
       "file with a node id and its host NQN a line; without it any node is believed and none is fenced"},
      {"device-fencing", true, "true",
       "publish lets only the node's host connect, unpublish turns the export off"},
      {"snapshots", false, "auto",
       "off, or auto: served, and new volumes made so that they can be cut, where the RDS proves that its "
       "snapshots hold data"},
      {"metrics-interval", false, "60s", "between two looks at the RDS for the metrics"},
      {"rds-channels", false, "8", "commands the RDS gets at the same time"},
      {"rds-heartbeat", false, "5s", "silence after which the session is tested"},
      {"rds-connect-timeout", false, "10s", "for TCP, key exchange and login together"},
      {"rds-command-timeout", false, "30s", "longest wait for one answer of the RDS"},
      {"rds-key-passphrase-file", false, "", "file with the passphrase of -rds-key-file"},
      {"log-format", false, "text", "text or json"},
      {"rpc-workers", false, "32", "CSI calls at work at the same time"},
      {"help", true, "false", "print this and exit"},
  };
}

std::vector<FlagSpec> whole_table() {
  std::vector<FlagSpec> all = flags_of_the_go_driver();
  for (auto const& flag : flags_of_its_logging_library()) all.push_back(flag);
  for (auto const& flag : flags_of_this_driver()) all.push_back(flag);
  return all;
}

}  // namespace

std::vector<FlagSpec> const& flag_table() {
  static std::vector<FlagSpec> const table = whole_table();
  return table;
}

}  // namespace rdscsi::csi
