// lab_io DEVICE read|write sequential|random BLOCK_BYTES TOTAL_BYTES: moves that much with direct I/O, eight
// blocks at a time, and prints the bytes of a second. Runs in a lab guest, where the throughput of two
// targets is compared.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/sync.h"
#include "base/time.h"

namespace {

constexpr int kWorkers = 8;

struct Job {
  int fd = -1;
  bool writes = false, random = false;
  std::int64_t block = 0, blocks = 0, device_blocks = 0;
  std::atomic<std::int64_t> next = 0;
  std::atomic<bool> failed = false;
};

void work(Job& job, int worker) {
  void* memory = nullptr;
  auto const size = static_cast<std::size_t>(job.block);
  if (::posix_memalign(&memory, 4096, size) != 0) return job.failed.store(true);
  auto* const bytes = static_cast<unsigned char*>(memory);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(i * 7 + 1);
  rdscsi::base::RandomStream stream(static_cast<std::uint64_t>(worker));
  for (std::int64_t at = job.next++; at < job.blocks && !job.failed; at = job.next++) {
    auto const wanted = job.random ? static_cast<std::int64_t>(stream.next() >> 1) : at;
    auto const offset = wanted % job.device_blocks * job.block;
    auto const moved =
        job.writes ? ::pwrite(job.fd, memory, size, offset) : ::pread(job.fd, memory, size, offset);
    if (moved != job.block) job.failed = true;
  }
  std::free(memory);
}

int run(char** words) {
  Job job;
  job.writes = std::string_view(words[2]) == "write";
  job.random = std::string_view(words[3]) == "random";
  job.block = std::atoll(words[4]);
  job.blocks = std::atoll(words[5]) / job.block;
  job.fd = ::open(words[1], O_DIRECT | O_CLOEXEC | (job.writes ? O_WRONLY : O_RDONLY));
  job.device_blocks = ::lseek(job.fd, 0, SEEK_END) / job.block;
  if (job.fd < 0 || job.device_blocks <= 0 || job.blocks <= 0) return 1;
  auto const begin = rdscsi::base::now();
  std::vector<rdscsi::base::Thread> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back("lab-io", [&job, i] { work(job, i); });
  for (auto& worker : workers) worker.join();
  auto const took = std::chrono::duration<double>(rdscsi::base::now() - begin).count();
  ::close(job.fd);
  std::printf("%.0f\n", static_cast<double>(job.blocks * job.block) / took);
  return job.failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 6) return run(argv);
  std::fprintf(stderr, "usage: lab_io DEVICE read|write sequential|random BLOCK_BYTES TOTAL_BYTES\n");
  return 2;
}
