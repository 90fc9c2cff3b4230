// Recorder: what a target remembers, bounded, readable from any thread while the loop's thread writes. Used
// by Target.
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "base/sync.h"
#include "simulator/nvme_tcp/record.h"

namespace rdssim::nvme_tcp {

class Recorder {
 public:
  explicit Recorder(std::size_t kept) : kept_(kept) {}

  // On the loop's thread; sequence and time are filled in here.
  void add(WriteRecord record) { store(writes_, std::move(record), on_write); }
  void add(ConnectionRecord record) { store(connections_, std::move(record), on_connection); }

  // From any thread.
  std::vector<WriteRecord> writes(std::uint64_t after) const { return since(writes_, after); }
  std::vector<ConnectionRecord> connections(std::uint64_t after) const { return since(connections_, after); }
  std::uint64_t last_write() const { return last(writes_); }
  std::uint64_t last_connection() const { return last(connections_); }

  // Set before the first record.
  std::function<void(WriteRecord const&)> on_write;
  std::function<void(ConnectionRecord const&)> on_connection;

 private:
  template <typename Record>
  struct Log {
    std::deque<Record> records;
    std::uint64_t last = 0;
  };

  template <typename Record>
  void store(Log<Record>& log, Record record, std::function<void(Record const&)> const& callback) {
    record.at = rdscsi::base::now();
    {
      rdscsi::base::Guard const guard(mutex_);
      record.sequence = ++log.last;
      log.records.push_back(record);
      if (log.records.size() > kept_) log.records.pop_front();
    }
    if (callback) callback(record);
  }

  template <typename Record>
  std::uint64_t last(Log<Record> const& log) const {
    rdscsi::base::Guard const guard(mutex_);
    return log.last;
  }

  template <typename Record>
  std::vector<Record> since(Log<Record> const& log, std::uint64_t after) const {
    rdscsi::base::Guard const guard(mutex_);
    std::vector<Record> found;
    for (auto at = log.records.rbegin(); at != log.records.rend() && at->sequence > after; ++at)
      found.push_back(*at);
    return {found.rbegin(), found.rend()};
  }

  std::size_t const kept_;
  mutable rdscsi::base::Mutex mutex_;
  Log<WriteRecord> writes_;
  Log<ConnectionRecord> connections_;
};

}  // namespace rdssim::nvme_tcp
