// The parts of a benchmark, put together.
#include "e2e/bench/rig.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rds/ssh_connector.h"
#include "simulator/ssh/keys.h"

namespace rdscsi::bench {
namespace {

constexpr char kUser[] = "csi";
constexpr std::int64_t kPoolBytes = std::int64_t{64} << 40;
constexpr std::uint64_t kSeed = 1;
constexpr base::Duration kReadyWithin = std::chrono::seconds(30);
constexpr base::Duration kExecWithin = std::chrono::seconds(30);

[[noreturn]] void give_up(std::string const& what) {
  throw std::runtime_error(what);
}

template <typename T>
T value(base::StatusOr<T> result, std::string const& what) {
  if (!result.ok()) give_up(what + ": " + result.status().ToString());
  return std::move(*result);
}

template <typename Action>
base::Duration time_of(Action&& action) {
  base::TimePoint const begin = base::now();
  action();
  return base::now() - begin;
}

void plant(rdssim::routeros::Device& device, int count) {
  for (int number = 0; number < count; ++number) {
    std::string const id = Rig::volume_name(number);
    auto const added = device.execute(
        {},
        "/disk add type=file slot=" + id + " file-path=/storage-pool/metal-csi/" + id +
            ".img file-size=1073741824 mount-filesystem=no nvme-tcp-export=yes nvme-tcp-server-port=4420 "
            "nvme-tcp-server-nqn=nqn.2000-02.com.mikrotik:" +
            id,
        {});
    if (!added.output.empty()) give_up("planting " + id + ": " + added.output);
  }
}

}  // namespace

void demand(grpc::Status const& status, std::string const& what) {
  if (status.ok()) return;
  give_up(what + ": code " + std::to_string(status.error_code()) + ", " + status.error_message());
}

std::string plugin_beside_this_program() {
  std::error_code ignored;
  return (std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "rds-csi-plugin").string();
}

Rig::Rig(RigOptions const& options) {
  serve(options);
  rds::Endpoint endpoint;
  endpoint.address = "127.0.0.1";
  endpoint.port = server_->port();
  endpoint.user = kUser;
  endpoint.private_key_file = folder_.file("key");
  endpoint.host_key_file = folder_.file("host.pub");
  session_ =
      value(rds::SshConnector().connect(base::Context::background().with_timeout(kReadyWithin), endpoint),
            "SSH session");
  start_plugin(options.plugin);
  client_ = std::make_unique<csi::testing::Client>("unix:" + folder_.file("csi.sock"));
  try {
    wait_until_ready();
  } catch (...) {
    stop_plugin();  // no destructor runs
    throw;
  }
}

void Rig::stop_plugin() {
  if (plugin_ <= 0) return;
  ::kill(plugin_, SIGTERM);
  ::waitpid(plugin_, nullptr, 0);
  plugin_ = -1;
}

Rig::~Rig() {
  stop_plugin();
  if (session_) session_->close();
  if (server_) server_->stop();
}

void Rig::serve(RigOptions const& options) {
  auto device = value(rdssim::routeros::Device::make(options.profile, kPoolBytes, kSeed), "device");
  plant(*device, options.planted);
  device->set_timing(options.busy);
  rdssim::faults::FaultyDeviceOptions device_options;
  device_options.seed = kSeed;
  device_options.latency.low = device_options.latency.high = options.latency;
  device_ = std::make_unique<rdssim::faults::FaultyDevice>(std::move(device), device_options);

  using rdssim::ssh::HostKeyType;
  auto const key = value(rdssim::ssh::load_host_key(folder_.file("key"), HostKeyType::ed25519), "client key");
  rdssim::ssh::ServerOptions server_options;
  server_options.host_key_type = HostKeyType::ed25519;
  server_options.host_key_file = folder_.file("host");
  server_options.users.push_back({kUser, "", {rdssim::ssh::public_line(*key)}});
  server_ = value(rdssim::ssh::Server::start(*device_, server_options), "SSH server");
  std::ofstream(folder_.file("host.pub")) << server_->host_key() << "\n";
}

void Rig::start_plugin(std::string const& program) {
  std::vector<std::string> words = {program,
                                    "-controller",
                                    "-rds-address=127.0.0.1",
                                    "-rds-port=" + std::to_string(server_->port()),
                                    std::string("-rds-user=") + kUser,
                                    "-rds-key-file=" + folder_.file("key"),
                                    "-rds-host-key=" + folder_.file("host.pub"),
                                    "-rds-volume-base-path=/storage-pool/metal-csi",
                                    "-metrics-address=",
                                    "-endpoint=unix://" + folder_.file("csi.sock")};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string const log = folder_.file("log");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_CREAT | O_WRONLY, 0600);
  int const failed = ::posix_spawn(&plugin_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    plugin_ = -1;
    give_up(program + ": cannot be started");
  }
}

std::string Rig::volume_name(int number) {
  char name[48];
  std::snprintf(name, sizeof name, "pvc-1b4e28ba-2fa1-41d2-883f-%012d", number);
  return name;
}

void Rig::wait_until_ready() const {
  base::TimePoint const deadline = base::now() + kReadyWithin;
  while (base::now() < deadline) {
    ::csi::v1::ProbeResponse response;
    auto const status =
        client_->identity->Probe(csi::testing::call_context(kReadyWithin).get(), {}, &response);
    if (status.ok() && response.ready().value()) return;
    base::sleep_for(std::chrono::milliseconds(50));
  }
  std::ifstream log(folder_.file("log"));
  give_up("the plugin did not become ready: " + std::string(std::istreambuf_iterator<char>(log), {}));
}

std::size_t Rig::disks() const {
  return device_->with_device([](rdssim::routeros::Device& device) { return device.disks().size(); });
}

base::Duration Rig::create_volume(int number) {
  auto const request = csi::testing::create_request(volume_name(number));
  std::size_t const before = disks();
  auto const took = time_of([&] {
    ::csi::v1::CreateVolumeResponse response;
    demand(client_->controller->CreateVolume(csi::testing::call_context().get(), request, &response),
           "CreateVolume");
  });
  if (disks() != before + 1) give_up("CreateVolume answered OK and made no disk");
  return took;
}

base::Duration Rig::delete_volume(int number) {
  ::csi::v1::DeleteVolumeRequest request;
  request.set_volume_id(volume_name(number));
  std::size_t const before = disks();
  auto const took = time_of([&] {
    ::csi::v1::DeleteVolumeResponse response;
    demand(client_->controller->DeleteVolume(csi::testing::call_context().get(), request, &response),
           "DeleteVolume");
  });
  if (disks() + 1 != before) give_up("DeleteVolume answered OK and removed no disk");
  return took;
}

base::Duration Rig::list_volumes(int expected) {
  ::csi::v1::ListVolumesResponse response;
  auto const took = time_of([&] {
    demand(client_->controller->ListVolumes(csi::testing::call_context().get(), {}, &response),
           "ListVolumes");
  });
  if (response.entries_size() != expected) {
    give_up("ListVolumes: " + std::to_string(response.entries_size()) + " volumes, expected " +
            std::to_string(expected));
  }
  return took;
}

base::Duration Rig::bare_disk_add(int number) {
  std::string const name = "bare-" + std::to_string(number);
  std::string const line = "/disk add type=file slot=" + name + " file-path=storage-pool/" + name +
                           ".img file-size=1G mount-filesystem=no";
  std::size_t const before = disks();
  auto const took = time_of([&] {
    auto const reply =
        value(session_->exec(base::Context::background().with_timeout(kExecWithin), line), line);
    if (!reply.output.empty()) give_up(line + ": " + reply.output);
  });
  if (disks() != before + 1) give_up(line + ": made no disk");
  return took;
}

double Rig::plugin_memory_mib() const {
  std::ifstream status("/proc/" + std::to_string(plugin_) + "/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib / 1024;
  }
  give_up("/proc/PID/status of the plugin has no RssAnon");
}

}  // namespace rdscsi::bench
