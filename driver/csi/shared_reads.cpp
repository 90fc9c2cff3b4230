// See shared_reads.h.
#include "csi/shared_reads.h"

#include "base/reasons.h"

namespace rdscsi::csi {

using base::StatusOr;

template <typename T>
StatusOr<T> SharedReads::read(base::Context const& ctx, Lines<T>& lines, std::string_view key,
                              std::function<StatusOr<T>()> const& ask) {
  base::Lock lock(mutex_);
  // A node of a std::map stays where it is while others come and go, and this one while it has readers.
  Line<T>& line = lines[std::string(key)];
  ++line.readers;
  std::uint64_t const wanted = line.started + 1;
  StatusOr<T> result = base::fail(base::Reason::internal, base::Effect::none, "no answer");
  while (true) {
    if (line.finished >= wanted) {
      result = *line.answer;
      break;
    }
    if (!line.running) {
      line.running = true;
      std::uint64_t const mine = ++line.started;
      lock.unlock();
      result = ask();
      lock.lock();
      line.running = false;
      if (result.ok() || ctx.check().ok()) {  // else it says something about this reader's time only
        line.finished = mine;
        line.answer = std::make_shared<StatusOr<T> const>(result);
      }
      changed_.notify_all();
      break;
    }
    if (!changed_.wait(ctx, lock, [&] { return line.finished >= wanted || !line.running; })) {
      result = ctx.check();
      break;
    }
  }
  if (--line.readers == 0) lines.erase(lines.find(key));
  return result;
}

StatusOr<rds::Volume> SharedReads::get(base::Context const& ctx, std::string_view volume_id) {
  return read<rds::Volume>(ctx, volumes_, volume_id, [&] { return inner_.get(ctx, volume_id); });
}

StatusOr<std::vector<rds::Volume>> SharedReads::list(base::Context const& ctx) {
  return read<std::vector<rds::Volume>>(ctx, lists_, "", [&] { return inner_.list(ctx); });
}

StatusOr<rds::Pool> SharedReads::pool(base::Context const& ctx) {
  return read<rds::Pool>(ctx, pools_, "", [&] { return inner_.pool(ctx); });
}

}  // namespace rdscsi::csi
