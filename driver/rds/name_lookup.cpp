// getaddrinfo with a deadline; see name_lookup.h.
#include "rds/name_lookup.h"

#include <netdb.h>

#include <cstring>

#include "base/reasons.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;

constexpr std::size_t kLingeringMax = 4;

struct Answer {
  int error = 0;
  std::vector<SocketAddress> addresses;
};

Answer ask(std::string const& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Answer answer;
  answer.error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (answer.error != 0) return answer;
  for (addrinfo const* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    answer.addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  return answer;
}

base::Status failed(std::string const& host, std::string const& why) {
  return base::fail(Reason::rds_unreachable, Effect::none,
                    "looking up the RDS address '" + host + "': " + why +
                        "; expected a host name that resolves, or an IPv4 or IPv6 literal without brackets");
}

}  // namespace

struct NameLookup::Query {
  base::Mutex mutex;
  base::ConditionVariable changed;
  bool done = false;
  Answer answer;
};

base::StatusOr<std::vector<SocketAddress>> NameLookup::resolve(base::Context const& ctx,
                                                               std::string const& host, std::uint16_t port) {
  Answer literal = ask(host, port, AI_NUMERICHOST);
  if (literal.error == 0 && !literal.addresses.empty()) return std::move(literal.addresses);

  reap();
  {
    base::Guard const guard(mutex_);
    if (lingering_.size() >= kLingeringMax) return failed(host, "the name service does not answer");
  }
  auto const query = std::make_shared<Query>();
  base::Thread thread("rds-lookup", [query, host, port] {
    Answer answer = ask(host, port, 0);
    base::Guard const guard(query->mutex);
    query->answer = std::move(answer);
    query->done = true;
    query->changed.notify_all();
  });
  base::Lock lock(query->mutex);
  if (!query->changed.wait(ctx, lock, [&] { return query->done; })) {
    lock.unlock();
    base::Guard const guard(mutex_);
    lingering_.push_back(Lingering{query, std::move(thread)});
    return ctx.cancelled() ? ctx.check() : failed(host, "no answer in time");
  }
  if (query->answer.error != 0) return failed(host, ::gai_strerror(query->answer.error));
  if (query->answer.addresses.empty()) return failed(host, "no address");
  return std::move(query->answer.addresses);
}

// Joins lookups that have ended since they were given up.
void NameLookup::reap() {
  std::vector<Lingering> ended;  // joined after the lock is let go
  base::Guard const guard(mutex_);
  std::erase_if(lingering_, [&](Lingering& lingering) {
    {
      base::Guard const query_guard(lingering.query->mutex);
      if (!lingering.query->done) return false;
    }
    ended.push_back(std::move(lingering));
    return true;
  });
}

}  // namespace rdscsi::rds
