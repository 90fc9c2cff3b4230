// Endpoint: a small HTTP server for people and Prometheus: GET and HEAD of a few fixed paths. Used by
// csi/monitoring.h. libmicrohttpd does HTTP; pages are made by functions on its one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/status.h"

namespace rdscsi::metrics {

struct Page {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// By path, "/metrics". Must not block; an exception becomes status 500 without its text.
using Pages = std::map<std::string, std::function<Page()>>;

class Endpoint {
 public:
  // `host`: an IP literal without brackets; empty: every address of the machine. Port 0: the system chooses.
  // Fails (invalid_argument names the address) when nothing can listen there.
  static base::StatusOr<std::unique_ptr<Endpoint>> start(std::string const& host, std::uint16_t port,
                                                         Pages pages);
  ~Endpoint();  // no page is being made any more when it returns
  Endpoint(Endpoint const&) = delete;

  std::uint16_t port() const;

 private:
  struct Impl;
  explicit Endpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::metrics
